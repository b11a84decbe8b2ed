import type { Reason } from "../../api/schema.ts";
import type { Whole } from "./useDelivery.ts";

/** Where what is to be done about a delivery is done. */
export type Place = "account" | "sender" | "channel" | "pause" | "mapping" | "person" | "inbox" | "none";

const PLACES: Record<Reason, Place> = {
  ACCOUNT_NOT_VERIFIED: "account",
  DESTINATION_DISABLED: "account",
  CHANNEL_OFF: "channel",
  STALE_EVENT: "mapping",
  UNTRUSTED_SOURCE: "mapping",
  SEND_DISABLED: "mapping",
  PROFILE_PENDING: "none",
  NO_SUPPORTED_IDS: "mapping",
  INVALID_PHONE: "person",
  RECIPIENT_CHANGED: "person",
  NOT_SUBSCRIBED: "person",
  INVALID_SUBSCRIPTION_STATUS: "person",
  OPTED_OUT: "person",
  COUNTRY_NOT_ALLOWED: "account",
  MMS_COUNTRY: "account",
  MEDIA_TYPE: "mapping",
  DLT_REQUIRED: "account",
  SENDER_REMOVED: "sender",
  SENDER_NOT_ALLOWED: "mapping",
  TEMPLATE_NOT_APPROVED: "sender",
  WINDOW_CLOSED: "mapping",
  QUIET_HOURS: "account",
  FREQUENCY_CAP: "account",
  BUDGET: "account",
  PACED: "account",
  PAUSED: "pause",
  CANCELED_BY_TRIGGER: "mapping",
  NEEDS_REVIEW: "inbox",
};

/** Where something can be done about it; null where it wants nothing. */
export function placeOf({ status, reason, messageStatus, errorCode, mapping }: Whole): Place | null {
  if (status === "CANCELED" && mapping && !mapping.enabled && !mapping.deletedAt) return "mapping";
  if (reason) return PLACES[reason];
  if (status === "REJECTED") return "mapping";
  if (status === "EXPIRED" || errorCode || messageStatus === "FAILED" || messageStatus === "UNDELIVERED")
    return "none";
  return status === "SHADOWED" ? "mapping" : null;
}
