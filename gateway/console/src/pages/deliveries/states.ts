import type { DeliveryStatus } from "../../api/schema.ts";

/** Where a delivery stands while something may still become of it by itself. */
export const UNSETTLED: DeliveryStatus[] = ["PENDING", "HELD", "SENDING", "RETRYING", "UNCERTAIN"];
