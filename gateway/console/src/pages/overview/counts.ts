import { counted } from "../../parts/words.ts";
import type { Slot } from "./days.ts";
import type { CountsQuery } from "./overview.graphql.ts";

type Point = CountsQuery["stats"]["points"][number];

/** How many texts there were of what, of some span. `failed` is all that should have arrived and did not. */
export type Counts = {
  events: number;
  sent: number;
  delivered: number;
  underWay: number;
  undelivered: number;
  rejected: number;
  expired: number;
  failed: number;
  suppressed: number;
  canceled: number;
  waiting: number;
};

type Raw = Omit<Point, "at" | "events"> & { events?: number };

/** The counts of the API in the terms of this page. */
export function countsOf(point: Raw): Counts {
  const { accepted, delivered, failed, rejected, expired, suppressed, canceled, waiting } = point;
  return {
    events: point.events ?? 0,
    sent: accepted,
    delivered,
    underWay: accepted - delivered - failed,
    undelivered: failed,
    rejected,
    expired,
    failed: failed + rejected + expired,
    suppressed,
    canceled,
    waiting,
  };
}

const NOTHING: Counts = countsOf({
  accepted: 0,
  delivered: 0,
  failed: 0,
  suppressed: 0,
  rejected: 0,
  canceled: 0,
  expired: 0,
  waiting: 0,
});

function plus(some: Counts, more: Counts): Counts {
  const sum = { ...some };
  for (const name of Object.keys(sum) as (keyof Counts)[]) sum[name] += more[name];
  return sum;
}

/** All of them together. */
export const total = (some: readonly Counts[]): Counts => some.reduce(plus, NOTHING);

/** The counts of each bar: of all points that begin in it. */
export function perSlot(points: readonly Point[], slots: readonly Slot[]): Counts[] {
  const sums = slots.map(() => NOTHING);
  const starts = slots.map(({ from }) => new Date(from).getTime());
  for (const point of points) {
    const at = new Date(point.at).getTime();
    const index = Math.max(
      starts.findLastIndex((start) => start <= at),
      0,
    );
    sums[index] = plus(sums[index] ?? NOTHING, countsOf(point));
  }
  return sums;
}

/** What there is to say where no bar is; null where one is. */
export function nothingInWords(counts: Counts, isToday: boolean): string | null {
  const { sent, failed, suppressed, waiting, canceled } = counts;
  if (sent + failed + suppressed > 0) return null;
  const when = isToday ? "yet" : "then";
  const parts = [
    ...(waiting > 0 ? [`${counted(waiting)} ${waiting === 1 ? "waits" : "wait"}`] : []),
    ...(canceled > 0 ? [`${counted(canceled)} ${canceled === 1 ? "was" : "were"} canceled`] : []),
  ];
  return parts.length > 0
    ? `Nothing went out ${when}: ${parts.join(", ")}.`
    : `No text was to go out ${when}.`;
}

/** So many reasons are shown, and so many rows of what texts have in common. */
export const MOST_REASONS = 30;
export const MOST_OF_BREAKDOWN = 10;
