import { placeInText } from "../../../../parts/placeInText.ts";
import type { Mark } from "./CodeBox.tsx";

export type Problem = {
  severity: "ERROR" | "WARNING";
  message: string;
  line?: number | null;
  column?: number | null;
};

const WORD = /^("[^"\n]*"?|[^\s(),]+|.)/u;

/** Where a problem of a trigger is marked: from its column to the end of the word there. */
export function marksOf({ severity, message, line, column }: Problem, text: string): Mark[] {
  if (!line || !column) return [];
  const from = placeInText(text, line, column);
  const word = WORD.exec(text.slice(from))?.[0].length ?? 0;
  return [{ from, to: from + word, severity: severity === "ERROR" ? "error" : "warning", message }];
}
