import { useMemo, useRef } from "react";

import { keyOf, queryClient } from "../../../../api/queries.ts";
import { askWhole } from "../../../../api/whole.ts";
import { EventNamesSeenDocument } from "../../../../parts/choices.graphql.ts";
import { PathsSeenDocument } from "../editor.graphql.ts";
import { nameAsked } from "../fql.ts";
import { CodeBox } from "./CodeBox.tsx";
import { marksOf, type Problem } from "./marks.ts";
import { fql, type Seen } from "./trigger.ts";

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
  const marks = useMemo(() => problems.flatMap((problem) => marksOf(problem, value)), [problems, value]);
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
