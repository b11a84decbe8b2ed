import type { Decision, Reason } from "../../../../api/schema.ts";

/** What a job of the kind BACKTEST counts, as docs/backtest.md says it. */
export type BacktestResult = {
  events: number;
  withoutPayload: number;
  matched: number;
  sent: number;
  people: number;
  waited: number;
  suppressed: Partial<Record<Reason, number>>;
  held: Partial<Record<Reason, number>>;
  rejected: Record<string, number>;
  notRead: number;
  segments: number;
  price: string | null;
  days: BacktestDay[];
  samples: { eventId: string; decision: Decision; reason: Reason | null }[];
};

type BacktestDay = { day: string; sent: number; people: number; suppressed: Record<string, number> };

/** The job's result; null while it has none. */
export const countsOf = (json: unknown): BacktestResult | null =>
  json !== null && typeof json === "object" && "events" in json ? (json as BacktestResult) : null;
