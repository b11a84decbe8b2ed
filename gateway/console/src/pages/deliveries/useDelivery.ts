import { useEffect } from "react";

import { useLive } from "../../api/live.ts";
import { useAnswer } from "../../api/queries.ts";
import { useEvery } from "../../parts/useEvery.ts";
import { isMasked } from "../../parts/words.ts";
import {
  DeliveryTailDocument,
  type DeliveryTailSubscription,
  type DeliveryTailSubscriptionVariables,
} from "./deliveries.graphql.ts";
import { type DeliveryWholeFragment, OneDeliveryDocument } from "./delivery.graphql.ts";
import { UNSETTLED } from "./states.ts";

export type Whole = DeliveryWholeFragment;

const ASKED_EVERY_MS = 5_000;

/** A delivery whole, as it is now: asked for again whenever something happens to it. */
export function useDelivery(id: string) {
  const answer = useAnswer(OneDeliveryDocument, { id });
  const delivery = answer.data?.delivery?.id === id ? answer.data.delivery : null;
  const messageId = delivery?.event?.messageId;
  const filter = {
    messageId: messageId && isMasked(messageId) ? undefined : messageId,
    destinationId: delivery?.destination.deletedAt ? undefined : delivery?.destination.id,
  };
  const liveState = useLive<DeliveryTailSubscription, DeliveryTailSubscriptionVariables>(
    DeliveryTailDocument,
    { filter },
    (item) => {
      if (item.deliveryTail.delivery.id === id) void answer.refetch();
    },
    messageId !== undefined,
  );
  const isLive = liveState === "live";

  // What happened after it was asked for, and before it was followed, is told by nobody.
  // biome-ignore lint/correctness/useExhaustiveDependencies: once whenever it is followed anew
  useEffect(() => {
    if (isLive) void answer.refetch();
  }, [isLive]);

  const isOpen = delivery !== null && UNSETTLED.includes(delivery.status);
  useEvery(isOpen && !isLive ? ASKED_EVERY_MS : null, () => void answer.refetch());

  return {
    delivery,
    isPending: answer.isPending || answer.isPlaceholderData,
    isGone: answer.data?.delivery === null && !answer.isPlaceholderData,
    error: answer.error,
  };
}
