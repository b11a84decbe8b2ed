import { useMemo } from "react";

import type { TimeRangeInput } from "../api/schema.ts";
import { dayName, hourName } from "./times.ts";

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;

/** The spans that an address names by a word: from so long ago until now. */
export const SPANS = {
  "1h": { words: "Last hour", milliseconds: HOUR_MS },
  "24h": { words: "Last 24 hours", milliseconds: 24 * HOUR_MS },
  "7d": { words: "Last 7 days", milliseconds: 7 * 24 * HOUR_MS },
  "30d": { words: "Last 30 days", milliseconds: 30 * 24 * HOUR_MS },
} as const;

export type Since = keyof typeof SPANS;

/** A period as an address has it: `since`, or `from` and `to`, of which either may be open; nothing is any time. */
export type Period = { since?: Since; from?: string; to?: string };

const isSpan = (word: unknown): word is Since => typeof word === "string" && Object.hasOwn(SPANS, word);

/** The period of an address; what makes no sense in it is left out. */
export function readPeriod({ since, from, to }: Record<string, unknown>): Period {
  if (isSpan(since)) return { since };
  const [begin, end] = [moment(from), moment(to)];
  if (begin && end && begin >= end) return {};
  return { ...(begin && { from: begin }), ...(end && { to: end }) };
}

/** The search with the period of the last 30 days where it has none and only one makes what it asks for quick to find. */
export const orLastMonth = <Search extends Period>(search: Search, needsPeriod: boolean): Search =>
  needsPeriod && !search.since && !search.from && !search.to ? { ...search, since: "30d" } : search;

function moment(value: unknown): string | undefined {
  if (typeof value !== "string") return undefined;
  const at = new Date(value);
  return Number.isNaN(at.getTime()) ? undefined : at.toISOString();
}

/**
 * The span that a period is, in whole minutes; null where it is any time. One that is open goes on until `aheadMs`
 * from now: a list that is followed has what comes later, too.
 */
export function rangeOf({ since, from, to }: Period, now: Date, aheadMs = 0): TimeRangeInput | null {
  if (!since && !from && !to) return null;
  const minute = Math.floor(now.getTime() / MINUTE_MS) * MINUTE_MS;
  const begin = since ? new Date(minute - SPANS[since].milliseconds) : new Date(from ?? 0);
  const end = to && !since ? new Date(to) : new Date(minute + MINUTE_MS + aheadMs);
  return { from: begin.toISOString(), to: end.toISOString() };
}

/** The span of a period, the same for as long as the period is: what is shown does not slide away under the reader. */
export function useRange({ since, from, to }: Period, aheadMs = 0): TimeRangeInput | null {
  return useMemo(() => rangeOf({ since, from, to }, new Date(), aheadMs), [since, from, to, aheadMs]);
}

/** A period as a person says it; null where it is any time. */
export function periodInWords({ since, from, to }: Period): string | null {
  if (since) return SPANS[since].words;
  if (from && to) return `${shortTime(from)} to ${shortTime(to)}`;
  if (from) return `Since ${shortTime(from)}`;
  return to ? `Until ${shortTime(to)}` : null;
}

function shortTime(iso: string): string {
  const at = new Date(iso);
  return `${dayName(at, new Date())} ${hourName(at)}`;
}
