import type { LinkProps } from "@tanstack/react-router";

import type { DeliveryStatus, MessageStatus, Reason, TimeRangeInput } from "../../api/schema.ts";

type Asked = Partial<TimeRangeInput> & {
  status?: DeliveryStatus[];
  messageStatus?: MessageStatus[];
  reason?: Reason[];
  destinationId?: string;
  mappingId?: string;
  sender?: string;
  country?: string;
};

/** Where the deliveries are that make up a count. */
export const toDeliveries = (asked: Asked): LinkProps => ({ to: "/deliveries", search: asked as never });

export const toEvents = (asked: TimeRangeInput): LinkProps => ({ to: "/events", search: asked as never });

export const ARRIVED: MessageStatus[] = ["DELIVERED", "PARTIALLY_DELIVERED", "READ"];
export const LOST: MessageStatus[] = ["UNDELIVERED", "FAILED", "CANCELED"];
export const UNSETTLED: DeliveryStatus[] = ["PENDING", "HELD", "SENDING", "RETRYING", "UNCERTAIN"];
