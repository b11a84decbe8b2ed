import type { Channel, DeliveryStatus, MessageStatus, Reason } from "../api/schema.ts";
import { WORDS } from "../api/words.ts";

/** A member of an enum as a person reads it: "NOT_SUBSCRIBED" is "Not subscribed". */
export function spelled(member: string): string {
  const words = member.toLowerCase().replaceAll("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** What a reason means, as the schema says it. */
export const reasonInWords = (reason: Reason): string => WORDS.Reason[reason];

/** What it means where a Delivery stands, as the schema says it. */
export const statusInWords = (status: DeliveryStatus): string => WORDS.DeliveryStatus[status];

/** What the provider's word on a message means, as the schema says it. */
export const messageStatusInWords = (status: MessageStatus): string => WORDS.MessageStatus[status];

/** A number with its thousands apart. */
export const counted = (count: number): string => count.toLocaleString("en-US");

/** "1 text", "1,204 texts". */
export function several(count: number, one: string, many = `${one}s`): string {
  return `${counted(count)} ${count === 1 ? one : many}`;
}

const CHANNELS: Record<Channel, string> = { SMS: "SMS", MMS: "MMS", WHATSAPP: "WhatsApp" };

/** A channel as people write it. */
export const channelInWords = (channel: Channel): string => CHANNELS[channel];
