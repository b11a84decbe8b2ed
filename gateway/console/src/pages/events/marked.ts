import { placeInText } from "../../parts/placeInText.ts";

type Marked = { before: string; term: string; after: string };

/**
 * A trigger in three parts: what stands before the term at that line and column, counted from 1 in characters as a
 * person counts them; the term; and the rest. Where the term is not there as it is said to be, the rest of its line is
 * marked.
 */
export function markedIn(trigger: string, term: string, line: number, column: number): Marked {
  const start = placeInText(trigger, line, column);
  const endOfLine = trigger.indexOf("\n", start);
  const rest = endOfLine < 0 ? trigger.length : endOfLine;
  const end = trigger.startsWith(term, start) ? start + term.length : rest;
  return { before: trigger.slice(0, start), term: trigger.slice(start, end), after: trigger.slice(end) };
}
