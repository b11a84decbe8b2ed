import type { TimeBucket, TimeRangeInput } from "../../api/schema.ts";
import { hourName, weekdayName } from "../../parts/times.ts";

export const PERIODS = ["today", "yesterday", "7d", "30d"] as const;
export type PeriodName = (typeof PERIODS)[number];

export const PERIOD_WORDS: Record<PeriodName, string> = {
  today: "Today",
  yesterday: "Yesterday",
  "7d": "7 days",
  "30d": "30 days",
};

const HOUR_MS = 3_600_000;

/** A bar: an hour or a day in the reader's zone, as ISO has its ends. */
export type Slot = { from: string; to: string };

/** Days of the reader's zone: the span, its bars, and by what spans the counts are asked for. */
export type Days = {
  name: PeriodName;
  range: TimeRangeInput;
  step: "hour" | "day";
  slots: Slot[];
  bucket: TimeBucket;
};

/** The days of that name, seen from now. Today is among the last 7 and the last 30. */
export function daysOf(name: PeriodName, now: Date): Days {
  const first = { today: 0, yesterday: -1, "7d": -6, "30d": -29 }[name];
  const begin = midnight(now, first);
  const end = midnight(now, name === "yesterday" ? 0 : 1);
  const step = name === "today" || name === "yesterday" ? "hour" : "day";
  const starts = step === "hour" ? hours(begin, end) : days(now, first);
  return {
    name,
    range: { from: begin.toISOString(), to: end.toISOString() },
    step,
    slots: starts.map((at, index) => ({
      from: at.toISOString(),
      to: (starts[index + 1] ?? end).toISOString(),
    })),
    // Counted hours are those of UTC. Where the reader's begin at another minute, single days are counted by the
    // minute; of longer spans the counts by the minute are not kept, and a day begins with the hour it begins in.
    bucket: step === "hour" && begin.getTime() % HOUR_MS !== 0 ? "MINUTE" : "HOUR",
  };
}

const midnight = (now: Date, day: number) => new Date(now.getFullYear(), now.getMonth(), now.getDate() + day);

function hours(begin: Date, end: Date): Date[] {
  const number = Math.ceil((end.getTime() - begin.getTime()) / HOUR_MS);
  return Array.from({ length: number }, (_, index) => new Date(begin.getTime() + index * HOUR_MS));
}

const days = (now: Date, first: number) =>
  Array.from({ length: 1 - first }, (_, index) => midnight(now, first + index));

/** Which days they are: "Sun 29 Nov", or "Mon 24 Nov – Sun 30 Nov". */
export function datesOf({ slots, step }: Days): string {
  const [first, last] = [slots[0], slots.at(-1)];
  if (!first || !last) return "";
  return step === "hour" ? slotName(first, "day") : `${slotName(first, "day")} – ${slotName(last, "day")}`;
}

/** What a bar is called: "14:00", or "Mon 3 Nov". */
export function slotName({ from }: Slot, step: Days["step"]): string {
  const at = new Date(from);
  return step === "hour" ? hourName(at) : weekdayName(at);
}
