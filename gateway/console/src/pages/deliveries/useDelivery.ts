import { useLive } from "../../api/live.ts";
import { useAnswer } from "../../api/queries.ts";
import {
  DeliveryTailDocument,
  type DeliveryTailSubscription,
  type DeliveryTailSubscriptionVariables,
} from "./deliveries.graphql.ts";
import { type DeliveryWholeFragment, OneDeliveryDocument } from "./delivery.graphql.ts";

export type Whole = DeliveryWholeFragment;

/** A delivery whole, as it is now: asked for again whenever something happens to it. */
export function useDelivery(id: string) {
  const answer = useAnswer(OneDeliveryDocument, { id });
  const delivery = answer.data?.delivery?.id === id ? answer.data.delivery : null;
  const messageId = delivery?.event?.messageId;
  const filter = {
    messageId,
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
  return {
    delivery,
    isPending: answer.isPending || answer.isPlaceholderData,
    isGone: answer.data?.delivery === null && !answer.isPlaceholderData,
    error: answer.error,
    liveState,
  };
}
