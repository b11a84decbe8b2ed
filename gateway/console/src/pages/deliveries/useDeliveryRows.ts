import { useRows } from "../../api/queries.ts";
import { useRange } from "../../parts/period.ts";
import { useStillRows } from "../../parts/useStillRows.ts";
import { useTail } from "../../parts/useTail.ts";
import {
  DeliveryListDocument,
  DeliveryTailDocument,
  type DeliveryTailSubscription,
  type DeliveryTailSubscriptionVariables,
} from "./deliveries.graphql.ts";
import { isNewer, order, passes, type Row } from "./rows.ts";
import { type DeliverySearch, filterOf } from "./search.ts";

const AHEAD_MS = 30 * 24 * 3_600_000;

/** The filter as the API takes it: a period that is open goes on while the page is. */
function useFilter(search: DeliverySearch, isOpenOrScrolled: boolean) {
  const range = useRange(search, isOpenOrScrolled, AHEAD_MS);
  return { ...filterOf(search), ...(range && { createdAt: range }) };
}

/**
 * What the filter finds, the newest first, and what happens to it. While somebody reads, what is new waits: `fresh`
 * says how much, and `showFresh` lets it in.
 */
export function useDeliveryRows(search: DeliverySearch, isOpenOrScrolled: boolean) {
  const filter = useFilter(search, isOpenOrScrolled);
  const list = useRows(DeliveryListDocument, { filter }, (answer) => answer.deliveries, {
    refetchOnWindowFocus: false,
  });
  // What can change is left to the page, so that a row is followed also when it passes no more.
  const { status: _s, messageStatus: _m, reason: _r, channel: _c, errorCode: _e, ...lasting } = filter;
  const live = useTail<DeliveryTailSubscription, DeliveryTailSubscriptionVariables, Row>(
    DeliveryTailDocument,
    { filter: lasting },
    ({ deliveryTail: { delivery, droppedBefore } }) => ({ row: delivery, droppedBefore }),
    () => !list.isPending && list.refetch(),
  );
  const still = useStillRows(list, live.rows, {
    key: JSON.stringify(filter),
    order,
    isNewer,
    passes: (row) => passes(row, search),
    isReading: isOpenOrScrolled,
  });
  return { ...list, ...still, liveState: live.state, filter };
}
