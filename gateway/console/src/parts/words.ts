import type { Channel, DeliveryStatus, MessageStatus, Reason } from "../api/schema.ts";
import { WORDS } from "../api/words.ts";

/** A member of an enum as a person reads it: "NOT_SUBSCRIBED" is "Not subscribed". */
export function spelled(member: string): string {
  const words = member.toLowerCase().replaceAll("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** What a reason means, as the schema says it. */
export const reasonInWords = (reason: Reason): string => inPageWords(WORDS.Reason[reason]);

// The API names a gate, and has no words for it.
const GATES: Readonly<Record<string, string>> = {
  mapping: "Whether the mapping is enabled.",
  source: "Whether what the source sends reaches this account.",
  trigger: "Whether the event is one that the mapping is for.",
  integrations: "Whether the event itself lets it through to this account.",
  ready: "Whether the account is enabled, verified and not paused, and its channel on.",
  fresh: "Whether the event is not too old, and it has not waited too long.",
  trusted: "Whether its source may start a send, and the number came from a server.",
  fields: "What the mapping's fields come to, and whether the action can use it.",
  send: "Whether the field that switches sending on says yes.",
  recipient: "Which number it goes to.",
  content: "Whether there is a text, or a template that may be sent.",
  consent: "Whether the person agreed to it, and has not written STOP.",
  sender: "Whether what it is sent from is there, and may send this.",
  country: "Whether texts may go to the number's country.",
  window: "Whether the person wrote of late, which free text on WhatsApp needs.",
  request: "Whether a request can be made of it.",
  opt_out_words: "Whether the text says how to stop more of them.",
  hours: "Whether people may be texted at this hour.",
  limits: "Whether the limits of a day and of a week leave room for it.",
  pace: "Whether its sender is free, or others are to go first.",
};

/** What a gate asks; undefined of one that an installed destination brought along. */
export const gateInWords = (gate: string): string | undefined =>
  Object.hasOwn(GATES, gate) ? GATES[gate] : undefined;

/** What it means where a Delivery stands, as the schema says it. */
export const statusInWords = (status: DeliveryStatus): string => WORDS.DeliveryStatus[status];

/** What the provider's word on a message means, as the schema says it. */
export const messageStatusInWords = (status: MessageStatus): string => WORDS.MessageStatus[status];

/**
 * A sentence of the API in the words of the page: a destination is an account here, and a member of an enum is spelled as
 * everywhere else on it. What people named keeps its name.
 */
export function inPageWords(said: string): string {
  return said
    .replaceAll(/\ba destination\b/g, "an account")
    .replaceAll(/\bA destination\b/g, "An account")
    .replaceAll(/\b([Tt]he|[Ii]ts|[Tt]his|[Aa]nother|[Nn]o) destination\b/g, "$1 account")
    .replaceAll(/\b(SERVER|BROWSER) source\b/g, (_, trust: string) => `${trust.toLowerCase()} source`)
    .replaceAll(/\b(DRAFT|VERIFYING|VERIFIED|FAILED)\b/g, (status) => status.toLowerCase())
    .replaceAll(/\b[A-Z]+(?:_[A-Z]+)+\b|(?<=\bas )[A-Z]+\b/g, (member) =>
      Object.hasOwn(WORDS.Reason, member) ? `“${spelled(member)}”` : member,
    );
}

/** "destinationUpdate" is "Account update": what the API calls a destination is an account here. */
export function actionInWords(action: string): string {
  const words = action.replaceAll(/([a-z])([A-Z])/g, "$1 $2").replaceAll(".", ", ");
  return spelled(words.replace(/destination/i, "account"));
}

/** Whether the API hid something of it: what is hidden finds nothing. */
export const isMasked = (text: string): boolean => text.includes("••••");

/** What is known without asking, and no field that somebody filled in. */
const NO_FIELD = /^(input|id|[a-z]\w*(Id|Revision|Key))$/;

/**
 * Which field a refusal is about, where it is one: by its label, or by its name in the API as words. `fields` are those of
 * the form.
 */
export function fieldInWords(
  path: readonly string[],
  fields: readonly { key: string; label: string }[] = [],
): string | null {
  const field = fields.find(({ key }) => path.includes(key));
  if (field) return field.label;
  const name = path.filter((part) => !/^\d+$/.test(part)).at(-1);
  if (name === undefined || NO_FIELD.test(name)) return null;
  return spelled(name.replaceAll(/([a-z])([A-Z])/g, "$1_$2"));
}

/** A number with its thousands apart. */
export const counted = (count: number): string => count.toLocaleString("en-US");

/** Of what a daily limit is used: it differs from what was sent. */
export const COUNTED_OF_LIMIT =
  "Each text counts once it is about to leave, whatever becomes of it then. The day is that of the account's time zone.";

/** Of an account in Draft, whether it never was or a setting that is checked changed since. */
export const NOT_VERIFIED = "It is not verified as it is configured now: what it would send waits.";

/** "1 text", "1,204 texts". */
export function several(count: number, one: string, many = `${one}s`): string {
  return `${counted(count)} ${count === 1 ? one : many}`;
}

const CHANNELS: Record<Channel, string> = { SMS: "SMS", MMS: "MMS", WHATSAPP: "WhatsApp" };

/** A channel as people write it. */
export const channelInWords = (channel: Channel): string => CHANNELS[channel];
