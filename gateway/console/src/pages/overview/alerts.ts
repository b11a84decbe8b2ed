import type { Severity } from "../../api/schema.ts";
import { counted, several } from "../../parts/words.ts";

/** What a button says that shows all that was read, of so many there are. */
export const allOf = (read: number, count: number): string =>
  read < count ? `Show the first ${counted(read)} of ${counted(count)}` : `Show all ${counted(count)}`;

/** In one look whether anything is wrong, of so many alerts, of which the first were read: the errors stand first. */
export function verdictOf(
  read: readonly { severity: Severity }[],
  count: number,
): { tone: "green" | "red" | "amber"; words: string } {
  const errors = read.filter(({ severity }) => severity === "ERROR").length;
  if (count === 0) return { tone: "green", words: "Nothing is wrong" };
  if (errors === 0) return { tone: "amber", words: several(count, "thing to look at", "things to look at") };
  const wrong = several(errors, "thing is wrong", "things are wrong");
  if (errors === count) return { tone: "red", words: wrong };
  // Of those behind them nobody knows here how bad they are.
  if (errors === read.length)
    return { tone: "red", words: `At least ${wrong}, ${counted(count)} to look at in all` };
  return { tone: "red", words: `${wrong}, ${counted(count - errors)} more to look at` };
}
