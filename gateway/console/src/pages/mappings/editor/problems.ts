import type { ChangeRefused } from "../../../api/ask.ts";
import type { Severity } from "../../../api/schema.ts";
import { inPageWords } from "../../../parts/words.ts";
import { same } from "./draft.ts";
import type { EditorState } from "./reducer.ts";

export type Problem = {
  severity: Severity;
  message: string;
  path?: string | null;
  line?: number | null;
  column?: number | null;
};

/** What is wrong with a mapping, by the part that it is about. */
export type Problems = {
  /** Of `trigger`, `name` and the like. */
  part: (name: string) => readonly Problem[];
  /** Of a field of the action, at whatever depth. */
  field: (key: string) => readonly Problem[];
  /** What no control stands for. */
  rest: (shown: readonly string[]) => readonly Problem[];
};

export function placed(problems: readonly Problem[]): Problems {
  const steps = (problem: Problem) => (problem.path ?? "").split("/").slice(1);
  return {
    part: (name) => problems.filter((problem) => steps(problem)[0] === name),
    field: (key) => problems.filter((problem) => steps(problem)[0] === "fields" && steps(problem)[1] === key),
    rest: (shown) =>
      problems.filter((problem) => {
        const [first = "", second = ""] = steps(problem);
        return !shown.includes(first === "fields" ? `fields/${second}` : first);
      }),
  };
}

/** What the API says of a mapping, for whoever fills in its form: a field goes by its label there, and no code is in it. */
export function inFormWords<Found extends { message: string }>(
  problems: readonly Found[],
  fields: readonly { key: string; label: string }[],
): Found[] {
  const labels = new Map(fields.map(({ key, label }) => [key, label]));
  return problems.map((one) => ({
    ...one,
    message: inPageWords(one.message).replaceAll(
      /`([^`]*)`/g,
      (_, code: string) => `“${labels.get(code) ?? code}”`,
    ),
  }));
}

/** Whether it asks for a part that whoever makes a mapping has not come to yet. */
export function isAhead({ severity, path }: Problem, { draft, begun, saved }: EditorState): boolean {
  const [part, key = ""] = (path ?? "").split("/").slice(1);
  return (
    saved === null &&
    severity === "ERROR" &&
    part === "fields" &&
    !draft.fields[key] &&
    same(draft.fields[key] ?? null, begun.fields[key] ?? null)
  );
}

/** What a mutation refused, as problems of the mapping. */
export const problemsOf = (refused: ChangeRefused): Problem[] =>
  refused.errors.map(({ message, path }) => ({ severity: "ERROR", message, path: `/${path.join("/")}` }));

/** The words that stand below a control: errors alone, as warnings do not keep it from being saved. */
export const wrongWith = (problems: readonly Problem[]): string | undefined =>
  problems
    .filter(({ severity }) => severity === "ERROR")
    .map(({ message }) => message)
    .join(" ") || undefined;
