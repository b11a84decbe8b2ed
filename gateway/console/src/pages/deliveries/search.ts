import type {
  Channel,
  DeliveryFilterInput,
  DeliveryStatus,
  MessageStatus,
  Reason,
} from "../../api/schema.ts";
import { WORDS } from "../../api/words.ts";
import { orLastMonth, type Period, readPeriod } from "../../parts/period.ts";

/** What is chosen among a few words, of which several may be. */
export const CHOICES = {
  status: { name: "Status", of: "DeliveryStatus" },
  messageStatus: { name: "Status", of: "MessageStatus" },
  reason: { name: "Reason", of: "Reason" },
  channel: { name: "Channel", of: "Channel" },
} as const;

/** What is named by its id, and chosen by its name. */
export const NAMED = {
  destinationId: { name: "Account" },
  mappingId: { name: "Mapping" },
  sourceId: { name: "Source" },
} as const;

/** What is typed. */
export const TYPED = {
  recipient: { name: "Number", example: "+1 202 555 0120" },
  userId: { name: "userId", example: "user_1001" },
  sender: { name: "Sender", example: "+1 500 555 0006" },
  country: { name: "Country", example: "US" },
  errorCode: { name: "Error code", example: "30003" },
  messageId: { name: "messageId", example: "order-17-paid" },
  messageSid: { name: "Message SID", example: "SM…" },
} as const;

export type ChoiceKey = keyof typeof CHOICES;
export type NamedKey = keyof typeof NAMED;
export type TypedKey = keyof typeof TYPED;

type Chosen = {
  status?: DeliveryStatus[];
  messageStatus?: MessageStatus[];
  reason?: Reason[];
  channel?: Channel[];
};

/** What the address of the list says: which ones, and whose side panel is open. */
export type DeliverySearch = Chosen &
  Partial<Record<NamedKey | TypedKey, string>> &
  Period & { open?: string };

const keysOf = <Key extends string>(of: Record<Key, unknown>) => Object.keys(of) as Key[];

export const CHOICE_KEYS = keysOf(CHOICES);
export const NAMED_KEYS = keysOf(NAMED);
export const TYPED_KEYS = keysOf(TYPED);

/**
 * The two kinds of status as the one that the list shows: of a text that the provider took, the provider's word, which is marked
 * as such, else where it stands here.
 */
export const ofProvider = (status: MessageStatus): string => `provider:${status}`;

export const statusesOf = ({ status = [], messageStatus = [] }: DeliverySearch): string[] => [
  ...status,
  ...messageStatus.map(ofProvider),
];

/** What is searched for once these are chosen. A text has both kinds at once, so that whoever chooses one of the other kind begins anew. */
export function searchOf(chosen: readonly string[], before: readonly string[]): DeliverySearch {
  const newest = chosen.find((one) => !before.includes(one)) ?? chosen[0] ?? "";
  const kind = /^(?:provider:)?/.exec(newest)?.[0] ?? "";
  const members = chosen
    .filter((one) => one.startsWith("provider:") === (kind !== ""))
    .map((one) => one.slice(kind.length));
  const found = members.length > 0 ? members : undefined;
  return kind === ""
    ? { status: found as DeliveryStatus[] | undefined, messageStatus: undefined }
    : { status: undefined, messageStatus: found as MessageStatus[] | undefined };
}

/**
 * The search of an address; what makes no sense in it is left out. What only a period makes quick to find is that of the
 * last 30 days where none is named.
 */
export function deliverySearch(search: Record<string, unknown>): DeliverySearch {
  const found: DeliverySearch = readPeriod(search);
  for (const key of CHOICE_KEYS) {
    const members = [search[key]].flat().filter((one) => Object.hasOwn(WORDS[CHOICES[key].of], String(one)));
    if (members.length > 0) Object.assign(found, { [key]: [...new Set(members)] });
  }
  for (const key of [...NAMED_KEYS, ...TYPED_KEYS, "open"] as const) {
    const value = search[key];
    // An address that somebody typed has digits where the page would write a text.
    const text = typeof value === "string" || typeof value === "number" ? String(value).trim() : "";
    if (text) found[key] = text;
  }
  return orLastMonth(found, needsPeriod(found));
}

/** Of the search of an address: which ones are listed. */
export function listSearch(search: Record<string, unknown>): Omit<DeliverySearch, "open"> {
  const { open: _open, ...listed } = deliverySearch(search);
  return listed;
}

/** Of the search of an address: whose side panel is open. */
export const openSearch = (search: Record<string, unknown>): string | undefined =>
  deliverySearch(search).open;

/** The filter of the search, but for the period. */
export function filterOf(search: DeliverySearch): DeliveryFilterInput {
  const { open: _open, since: _since, from: _from, to: _to, ...filter } = search;
  return filter;
}

/** Whether it is asked for by nothing that an index serves: of a long list the API then wants a period. */
export function needsPeriod(search: DeliverySearch): boolean {
  const { status, destinationId, mappingId, recipient, userId, messageId, messageSid } = search;
  const served = status || destinationId || mappingId || recipient || userId || messageId || messageSid;
  return !served && Object.keys(filterOf(search)).length > 0;
}

/** Whether anything narrows the list. */
export function isNarrowed(search: DeliverySearch): boolean {
  const { open: _open, ...rest } = search;
  return Object.keys(rest).length > 0;
}
