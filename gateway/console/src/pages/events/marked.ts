type Marked = { before: string; term: string; after: string };

/**
 * A trigger in three parts: what stands before the term at that line and column, counted from 1 in characters as a
 * person counts them; the term; and the rest. Where the term is not there as it is said to be, the rest of its line is
 * marked.
 */
export function markedIn(trigger: string, term: string, line: number, column: number): Marked {
  const lines = trigger.split("\n");
  const above = lines.slice(0, line - 1).map((one) => `${one}\n`);
  const until = Array.from(lines[line - 1] ?? "").slice(0, column - 1);
  const start = above.join("").length + until.join("").length;
  const end = trigger.startsWith(term, start)
    ? start + term.length
    : above.join("").length + (lines[line - 1] ?? "").length;
  return { before: trigger.slice(0, start), term: trigger.slice(start, end), after: trigger.slice(end) };
}
