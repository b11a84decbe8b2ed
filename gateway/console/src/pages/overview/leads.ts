import { linkOptions } from "@tanstack/react-router";

import type { MessageStatus, TimeRangeInput } from "../../api/schema.ts";
import type { DeliverySearch } from "../deliveries/search.ts";

/** Where the deliveries are that make up a count. */
export const toDeliveries = (search: DeliverySearch) => linkOptions({ to: "/deliveries", search });

export const toEvents = (search: TimeRangeInput) => linkOptions({ to: "/events", search });

export { UNSETTLED } from "../deliveries/states.ts";

export const ARRIVED: MessageStatus[] = ["DELIVERED", "PARTIALLY_DELIVERED", "READ"];
export const LOST: MessageStatus[] = ["UNDELIVERED", "FAILED", "CANCELED"];
