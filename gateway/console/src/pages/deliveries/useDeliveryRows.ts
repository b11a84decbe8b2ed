import { useEffect, useState } from "react";

import { useRows } from "../../api/queries.ts";
import { useRange } from "../../parts/period.ts";
import { DeliveryListDocument } from "./deliveries.graphql.ts";
import { type Held, heldBack, holding, merged } from "./rows.ts";
import { type DeliverySearch, filterOf } from "./search.ts";
import { useTail } from "./useTail.ts";

const AHEAD_MS = 30 * 24 * 3_600_000;
const MOST_AHEAD = 100;

/** The filter as the API takes it: a period that is open goes on while the page is. */
export function useFilter(search: DeliverySearch) {
  const range = useRange(search, AHEAD_MS);
  return { ...filterOf(search), ...(range && { createdAt: range }) };
}

/**
 * What the filter finds, the newest first, and what happens to it. While somebody reads, what is new waits: `fresh`
 * says how much, and `showFresh` lets it in.
 */
export function useDeliveryRows(search: DeliverySearch, isOpenOrScrolled: boolean) {
  const filter = useFilter(search);
  const list = useRows(DeliveryListDocument, { filter }, (answer) => answer.deliveries, {
    refetchOnWindowFocus: false,
  });
  // What can change is left to the page, so that a row is followed also when it passes no more.
  const { status: _s, messageStatus: _m, reason: _r, channel: _c, errorCode: _e, ...lasting } = filter;
  const live = useTail(lasting, () => !list.isPending && list.refetch());

  const all = merged(list.rows, live.rows, search, list.hasMore);
  const isReading = (isOpenOrScrolled || list.pageCount > 1) && !list.isPending && !list.isStale;
  const key = JSON.stringify(filter);
  const [held, setHeld] = useState<(Held & { key: string }) | null>(null);

  // biome-ignore lint/correctness/useExhaustiveDependencies: what is held is what was there when reading began
  useEffect(() => {
    setHeld(isReading ? { ...holding(all), key } : null);
  }, [isReading, key]);

  const ahead = all.length - list.rows.length;
  const { restart } = list;
  const isFull = !isReading && ahead > MOST_AHEAD;
  // biome-ignore lint/correctness/useExhaustiveDependencies: once for each time that it is full
  useEffect(() => {
    if (isFull) restart();
  }, [isFull]);

  const rows = isReading && held?.key === key ? heldBack(all, held) : all;
  return {
    ...list,
    rows,
    total: list.total === null ? null : list.total + ahead,
    fresh: all.length - rows.length,
    showFresh: () => setHeld({ ...holding(all), key }),
    liveState: live.state,
    filter,
  };
}
