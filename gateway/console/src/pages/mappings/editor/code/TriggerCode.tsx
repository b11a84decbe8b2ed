import { useMemo, useRef } from "react";

import { keyOf, queryClient } from "../../../../api/queries.ts";
import { askWhole } from "../../../../api/whole.ts";
import { EventNamesSeenDocument } from "../../../../parts/choices.graphql.ts";
import { PathsSeenDocument } from "../editor.graphql.ts";
import { nameAsked } from "../fql.ts";
import { CodeBox, type Mark } from "./CodeBox.tsx";
import { fql, type Seen } from "./trigger.ts";

export type Problem = {
  severity: "ERROR" | "WARNING";
  message: string;
  line?: number | null;
  column?: number | null;
};

type Props = {
  label: string;
  value: string;
  onChange: (value: string) => void;
  readOnly: boolean;
  problems: readonly Problem[];
  describedBy: string;
};

const FRESH_MS = 60_000;

/** A trigger, coloured and completed, with what is wrong in it marked where it is. */
export default function TriggerCode({ value, problems, ...box }: Props) {
  const marks = useMemo(() => problems.flatMap((problem) => markOf(problem, value)), [problems, value]);
  const latest = useRef(value);
  latest.current = value;
  const language = useMemo(() => fql({ names, paths: () => paths(latest.current) }), []);
  return (
    <CodeBox
      {...box}
      value={value}
      language={language}
      marks={marks}
      invalid={problems.some(({ severity }) => severity === "ERROR")}
    />
  );
}

async function names(): Promise<readonly Seen[]> {
  const found = await queryClient.fetchQuery({
    queryKey: keyOf(EventNamesSeenDocument, {}),
    queryFn: () => askWhole(EventNamesSeenDocument, {}, (answer) => answer.eventNames),
    staleTime: FRESH_MS,
  });
  return found.eventNames.edges.map(({ node }) => node);
}

async function paths(trigger: string): Promise<readonly Seen[]> {
  const name = nameAsked(trigger);
  if (name === null) return [];
  const found = await queryClient.fetchQuery({
    queryKey: keyOf(PathsSeenDocument, { name }),
    queryFn: () => askWhole(PathsSeenDocument, { name }, (answer) => answer.eventPaths),
    staleTime: FRESH_MS,
  });
  return found.eventPaths.edges.map(({ node }) => node);
}

/** Where a problem is: from its column to the end of the word there. */
function markOf({ severity, message, line, column }: Problem, text: string): Mark[] {
  if (!line || !column) return [];
  const lines = text.split("\n");
  const before = lines.slice(0, line - 1).reduce((length, one) => length + one.length + 1, 0);
  const from = Math.min(before + column - 1, text.length);
  const word = /^("[^"\n]*"?|[^\s(),]+|.)/.exec(text.slice(from))?.[0].length ?? 0;
  return [{ from, to: from + word, severity: severity === "ERROR" ? "error" : "warning", message }];
}
