import { useMemo, useState } from "react";

import type { TimeRangeInput } from "../api/schema.ts";
import { dayName, hourName } from "./times.ts";
import { useNow } from "./When.tsx";

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
  if (endsBeforeItBegins(begin, end)) return {};
  return { ...(begin && { from: begin }), ...(end && { to: end }) };
}

/** The search with the period of the last 30 days where it has none and only one makes what it asks for quick to find. */
export const orLastMonth = <Search extends Period>(search: Search, needsPeriod: boolean): Search =>
  needsPeriod && !search.since && !search.from && !search.to ? { ...search, since: "30d" } : search;

/** Whether there is nothing between the two, both as `toISOString` writes them. */
export const endsBeforeItBegins = (from: string | undefined, to: string | undefined): boolean =>
  from !== undefined && to !== undefined && from >= to;

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

/** In so many steps a span moves on: of the last hour it is at most five minutes behind. */
const STEPS = 12;

/** From when on the span of a period is asked for that was last asked for at `asked`. */
export function askedAt({ since }: Period, asked: Date, now: Date): Date {
  return since && now.getTime() - asked.getTime() >= SPANS[since].milliseconds / STEPS ? now : asked;
}

/**
 * The span of a period. One that is named by a word moves on with the time, but while somebody reads nothing slides away
 * under them.
 */
export function useRange({ since, from, to }: Period, isRead: boolean, aheadMs = 0): TimeRangeInput | null {
  const now = useNow(MINUTE_MS);
  const [asked, setAsked] = useState({ since, at: now });
  const at = asked.since === since ? askedAt({ since }, asked.at, isRead ? asked.at : now) : new Date();
  if (at !== asked.at) setAsked({ since, at });
  return useMemo(() => rangeOf({ since, from, to }, at, aheadMs), [since, from, to, at, aheadMs]);
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
