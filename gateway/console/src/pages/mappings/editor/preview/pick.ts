import type { EventFilterInput, TimeRangeInput } from "../../../../api/schema.ts";
import type { Draft } from "../draft.ts";
import { readOf, written } from "../fields/FieldJson.tsx";
import { CALLS, nameAsked } from "../fql.ts";
import { sampleOf } from "../sample.ts";

/** Which event a mapping is tried with. */
export type Pick =
  /** The last of the name that the trigger asks for; a sample where none came. */
  | { kind: "usual" }
  | { kind: "last"; name: string }
  | { kind: "id"; id: string }
  | { kind: "json"; text: string };

export type PickKind = Pick["kind"];

/** How an event that came is looked for. */
export type Sought = { id: string } | { name: string } | { type: string };

/** Which events are asked for: those of a type alone, which no index serves, of a span. */
export const filterOf = (looked: Exclude<Sought, { id: string }>, span: TimeRangeInput): EventFilterInput =>
  "type" in looked ? { ...looked, receivedAt: span } : looked;

/** What is looked for; null where the event is not one that came. */
export function sought(pick: Pick, trigger: string): Sought | null {
  switch (pick.kind) {
    case "usual":
      return named(nameAsked(trigger));
    case "last":
      return named(pick.name.trim());
    case "id":
      return pick.id.trim() === "" ? null : { id: pick.id.trim() };
    case "json":
      return null;
  }
}

// A call without a name is listed under its type.
function named(name: string | null): Sought | null {
  if (!name) return null;
  return (CALLS as readonly string[]).includes(name) ? { type: name } : { name };
}

/** The event that would come, as it was written or as a sample of the trigger; null where there is none to be read. */
export function eventWritten(pick: Pick, draft: Draft): unknown {
  if (pick.kind === "usual") return sampleOf(draft.trigger, draft.fields);
  if (pick.kind !== "json") return null;
  const event = readOf(pick.text);
  return event !== null && typeof event === "object" ? event : null;
}

/** The text of a sample, to be changed by hand. */
export const sampleText = (draft: Draft): string => written(sampleOf(draft.trigger, draft.fields));
