import { useRows } from "../../api/queries.ts";
import { useRange } from "../../parts/period.ts";
import { merged, newestFirst, useStillRows } from "../../parts/useStillRows.ts";
import { useTail } from "../../parts/useTail.ts";
import {
  EventListDocument,
  type EventRowFragment,
  EventTailDocument,
  type EventTailSubscription,
  type EventTailSubscriptionVariables,
} from "./events.graphql.ts";
import { type EventSearch, filterOf } from "./search.ts";

export type Row = EventRowFragment;

const AHEAD_MS = 30 * 24 * 3_600_000;
const MOST_AHEAD = 100;
const order = newestFirst<Row>((row) => row.receivedAt);

/** What the filter finds, the newest first, and what comes: while somebody reads, that waits. */
export function useEventRows(search: EventSearch, isOpenOrScrolled: boolean) {
  const range = useRange(search, AHEAD_MS);
  const filter = { ...filterOf(search), ...(range && { receivedAt: range }) };
  const list = useRows(EventListDocument, { filter }, (answer) => answer.events, {
    refetchOnWindowFocus: false,
  });
  const live = useTail<EventTailSubscription, EventTailSubscriptionVariables, Row>(
    EventTailDocument,
    { filter },
    ({ eventTail: { event, droppedBefore } }) => ({ row: event, droppedBefore }),
    () => !list.isPending && list.refetch(),
  );

  // An event is told once: what the list has of it is as new, or newer.
  const all = merged(list.rows, live.rows, { order, hasMore: list.hasMore, isNewer: () => false });
  const ahead = all.length - list.rows.length;
  const isReading = (isOpenOrScrolled || list.pageCount > 1) && !list.isPending && !list.isStale;
  const still = useStillRows(all, order, isReading, JSON.stringify(filter), {
    most: MOST_AHEAD,
    ahead,
    restart: list.restart,
  });
  return {
    ...list,
    ...still,
    total: list.total === null ? null : list.total + ahead,
    liveState: live.state,
  };
}
