import type { EventFilterInput, EventOutcome } from "../../api/schema.ts";
import { WORDS } from "../../api/words.ts";
import { orLastMonth, type Period, readPeriod } from "../../parts/period.ts";
import type { TypedFilter } from "../../parts/TypedFilters.tsx";

/** What may have become of an event that is shown. */
export const OUTCOMES = (Object.keys(WORDS.EventOutcome) as EventOutcome[]).filter(
  (outcome) => outcome !== "ACCEPTED",
);

export const TYPES = ["track", "identify", "page", "screen", "group", "alias", "unknown"] as const;

export type TypedKey = "userId" | "anonymousId" | "messageId" | "problem";

/** What is typed. */
export const TYPED: readonly TypedFilter<TypedKey>[] = [
  { key: "userId", name: "userId", example: "user_1001" },
  { key: "anonymousId", name: "anonymousId", example: "visitor-17" },
  { key: "messageId", name: "messageId", example: "order-17-paid" },
  { key: "problem", name: "Problem", example: "no_user_anon_id" },
];

const TEXTS = ["name", "type", "sourceId", "userId", "anonymousId", "messageId", "problem", "open"] as const;

/** What the address of the list says: which ones, and whose side panel is open. */
export type EventSearch = { outcome?: EventOutcome[] } & Partial<Record<(typeof TEXTS)[number], string>> &
  Period;

/**
 * The search of an address; what makes no sense in it is left out. What only a period makes quick to find is that of the
 * last 30 days where none is named.
 */
export function eventSearch(search: Record<string, unknown>): EventSearch {
  const found: EventSearch = readPeriod(search);
  const outcome = OUTCOMES.filter((one) => [search.outcome].flat().includes(one));
  if (outcome.length > 0) found.outcome = outcome;
  for (const key of TEXTS) {
    const value = search[key];
    // An address that somebody typed has digits where the page would write a text.
    const text = typeof value === "string" || typeof value === "number" ? String(value).trim() : "";
    if (text) found[key] = text;
  }
  return orLastMonth(found, needsPeriod(found));
}

/** Of the search of an address: which ones are listed. */
export function listSearch(search: Record<string, unknown>): Omit<EventSearch, "open"> {
  const { open: _open, ...listed } = eventSearch(search);
  return listed;
}

/** Of the search of an address: whose side panel is open. */
export const openSearch = (search: Record<string, unknown>): string | undefined => eventSearch(search).open;

/** The filter of the search, but for the period. */
export function filterOf(search: EventSearch): EventFilterInput {
  const { open: _open, since: _since, from: _from, to: _to, ...filter } = search;
  return filter;
}

/** Whether a long list finds it quickly within a period alone. */
export function needsPeriod(search: EventSearch): boolean {
  const { name, userId, anonymousId, messageId, problem, type, outcome } = search;
  if (name || userId || anonymousId || messageId || problem) return false;
  return type !== undefined || outcome?.some((one) => one !== "INVALID") === true;
}

/** Whether anything narrows the list. */
export function isNarrowed(search: EventSearch): boolean {
  const { open: _open, ...rest } = search;
  return Object.keys(rest).length > 0;
}
