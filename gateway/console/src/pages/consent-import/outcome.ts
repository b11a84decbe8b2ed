import { resultOf } from "../../parts/jobs/jobInWords.ts";

export type Problem = { line: number; column: string | null; message: string };
export type ReadColumn = { column: string; reads: string; example: string | null };

/** What a consent import came to, as the job's result has it. */
export type Outcome = {
  dryRun: boolean;
  rows: number;
  subscribed: number;
  unsubscribed: number;
  unchanged: number;
  older: number;
  stopped: number;
  silent: number;
  bad: number;
  export: string;
  why: string;
  channel: string | null;
  columns: ReadColumn[];
  leftColumns: string[];
  problems: Problem[];
};

/** The outcome of a job; null before it began. */
export function outcomeOf(job: { result: unknown }): Outcome | null {
  const result = resultOf(job);
  return "rows" in result ? (result as Outcome) : null;
}

/** How many rows say something new. */
export const recorded = ({ subscribed, unsubscribed }: Outcome): number => subscribed + unsubscribed;
