import type { MappingMode, Purpose } from "../../../api/schema.ts";

/** Segment mapping JSON: what fills each field of the action, by its key. */
export type Fields = Readonly<Record<string, unknown>>;

/** A mapping as it is being written. */
export type Draft = {
  destinationId: string;
  action: string;
  name: string;
  trigger: string;
  /** Empty: nothing cancels what waits. */
  cancelTrigger: string;
  purpose: Purpose;
  mode: MappingMode;
  enabled: boolean;
  maxAgeSeconds: number;
  allowBrowserEvents: boolean;
  allowImport: boolean;
  fields: Fields;
};

/** A mapping as it was read. */
export type Saved = { id: string; revision: number; draft: Draft };

const FOUR_HOURS = 14_400;

/** What a new mapping begins with. */
export function blank(begun: Partial<Draft> = {}): Draft {
  return {
    destinationId: "",
    action: "",
    name: "",
    trigger: "",
    cancelTrigger: "",
    purpose: "MARKETING",
    mode: "LIVE",
    enabled: true,
    maxAgeSeconds: FOUR_HOURS,
    allowBrowserEvents: false,
    allowImport: false,
    fields: {},
    ...begun,
  };
}

/** What the fields of an action begin with: whoever writes a mapping here means it to send, which a field may ask for. */
export const sending = (fields: readonly { key: string }[]): Fields =>
  fields.some(({ key }) => key === "send") ? { send: true } : {};

type Read = Omit<Draft, "destinationId" | "action" | "cancelTrigger" | "fields"> & {
  id: string;
  revision: number;
  cancelTrigger?: string | null;
  fields: unknown;
  destination: { id: string };
  action: { slug: string };
};

/** What the API says of a mapping, as the editor has it. */
export function savedOf(read: Read): Saved {
  return {
    id: read.id,
    revision: read.revision,
    draft: {
      destinationId: read.destination.id,
      action: read.action.slug,
      name: read.name,
      trigger: read.trigger,
      cancelTrigger: read.cancelTrigger ?? "",
      purpose: read.purpose,
      mode: read.mode,
      enabled: read.enabled,
      maxAgeSeconds: read.maxAgeSeconds,
      allowBrowserEvents: read.allowBrowserEvents,
      allowImport: read.allowImport,
      fields: (read.fields ?? {}) as Fields,
    },
  };
}

/** What the API is told of it, in a creation as in a change; the account and the action of a mapping stay. */
export function inputOf(draft: Draft) {
  const { destinationId: _, action: __, cancelTrigger, ...rest } = draft;
  return { ...rest, name: draft.name.trim(), cancelTrigger: cancelTrigger.trim() || null };
}

/** Whether two values are the same JSON, in whatever order the keys of their objects stand. */
export function same(one: unknown, other: unknown): boolean {
  return sorted(one) === sorted(other);
}

function sorted(value: unknown): string {
  return (
    JSON.stringify(value, (_, part) =>
      part !== null && typeof part === "object" && !Array.isArray(part)
        ? Object.fromEntries(Object.entries(part).sort(([one], [other]) => (one < other ? -1 : 1)))
        : part,
    ) ?? "undefined"
  );
}
