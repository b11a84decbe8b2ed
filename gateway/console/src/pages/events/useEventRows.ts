import { useRows } from "../../api/queries.ts";
import { useRange } from "../../parts/period.ts";
import { useEvery } from "../../parts/useEvery.ts";
import { newestFirst, useStillRows } from "../../parts/useStillRows.ts";
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

const ASKED_EVERY_MS = 10_000;
const AHEAD_MS = 30 * 24 * 3_600_000;
const order = newestFirst<Row>((row) => row.receivedAt);

/** What the filter finds, the newest first, and what comes: while somebody reads, that waits. */
export function useEventRows(search: EventSearch, isOpenOrScrolled: boolean) {
  const range = useRange(search, isOpenOrScrolled, AHEAD_MS);
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
  // What becomes of the deliveries of an event is not told: the list is asked for anew, where nothing moves under a reader.
  const isRead = isOpenOrScrolled || list.pageCount > 1;
  useEvery(isRead || list.isPending ? null : ASKED_EVERY_MS, list.refetch);

  const still = useStillRows(list, live.rows, {
    key: JSON.stringify(filter),
    order,
    // An event is told once, before anything became of its deliveries: what the list has of it is as new, or newer.
    isNewer: () => false,
    isReading: isOpenOrScrolled,
  });
  return { ...list, ...still, liveState: live.state };
}
