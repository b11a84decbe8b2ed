import { useEffect, useState } from "react";

import { useRows } from "../../api/queries.ts";
import { merged } from "../../parts/merge.ts";
import {
  PersonDeliveriesDocument,
  type PersonDeliveriesQuery,
  PersonEventsDocument,
  type PersonEventsQuery,
  PersonMessagesDocument,
  type PersonMessagesQuery,
} from "./person.graphql.ts";

type ContactOf<Query extends { node?: unknown }> = Extract<
  NonNullable<Query["node"]>,
  { __typename: "Contact" }
>;
export type PersonDelivery = ContactOf<PersonDeliveriesQuery>["deliveries"]["edges"][number]["node"];
export type PersonEvent = ContactOf<PersonEventsQuery>["events"]["edges"][number]["node"];
export type PersonMessage = ContactOf<PersonMessagesQuery>["inboundMessages"]["edges"][number]["node"];

const PAGE = 25;
const REFRESH_MS = 10_000;
/** So many times what is wanted is looked through at most for what is kept of it. */
const LOOKED_THROUGH = 8;

/** When it happened, by which all of them are in one order. */
export const momentOf = (one: PersonDelivery | PersonEvent | PersonMessage): string =>
  one.__typename === "Delivery" ? one.createdAt : one.receivedAt;

/** What was to be sent to them, page by page. */
export function useDeliveries(id: string, everyMs: number) {
  return useRows(
    PersonDeliveriesDocument,
    { id, first: PAGE },
    ({ node }) => (node?.__typename === "Contact" ? node.deliveries : null),
    { refetchInterval: everyMs },
  );
}

/** What they did, page by page. */
export function useEvents(id: string, everyMs: number) {
  return useRows(
    PersonEventsDocument,
    { id, first: PAGE },
    ({ node }) => (node?.__typename === "Contact" ? node.events : null),
    { refetchInterval: everyMs },
  );
}

/** What they wrote, page by page. */
export function useMessages(id: string, everyMs: number) {
  return useRows(
    PersonMessagesDocument,
    { id, first: PAGE },
    ({ node }) => (node?.__typename === "Contact" ? node.inboundMessages : null),
    { refetchInterval: everyMs },
  );
}

type Rows<Item> = {
  rows: Item[];
  hasMore: boolean;
  isPending: boolean;
  isLoadingMore: boolean;
  error: Error | null;
  more: () => void;
  refetch: () => void;
};

/** How many of what is kept are wanted: a page at first, and one more at each `wantMore`; the more it is, the rarer all is asked for anew. */
export function useWanted() {
  const [wanted, setWanted] = useState(PAGE);
  return {
    wanted,
    everyMs: REFRESH_MS * (wanted / PAGE),
    wantMore: () => setWanted((now) => now + PAGE),
  };
}

/**
 * Lists that are read page by page as one, the newest first: so many of those that `keep` keeps. Whichever list has to
 * be known further is read on until there are enough, and nothing is shown that something could still come before.
 */
export function useMerged<Item>(
  lists: readonly Rows<Item>[],
  at: (item: Item) => string,
  wanted: number,
  keep: (item: Item) => boolean = () => true,
) {
  const { items, awaits } = merged(
    lists.map(({ rows, hasMore }) => ({ items: rows, hasMore })),
    at,
  );
  const kept = items.filter(keep);
  const behind = awaits === null ? null : lists[awaits];
  const error = lists.find((one) => one.error)?.error ?? null;
  const isShort = kept.length < wanted && items.length < wanted * LOOKED_THROUGH;
  const lacks = isShort && behind != null && !lists.some((one) => one.isPending) && !error;
  const isReading = behind?.isLoadingMore ?? false;

  useEffect(() => {
    if (lacks && !isReading) behind?.more();
  });

  return {
    items: kept.slice(0, wanted),
    /** How many were looked through for these. */
    looked: items.length,
    hasMore: awaits !== null || kept.length > wanted,
    isPending: lists.some((one) => one.isPending),
    isReading: lacks,
    error,
    /** Asks again for what could not be read. */
    retry() {
      for (const one of lists) if (one.error) one.refetch();
    },
  };
}
