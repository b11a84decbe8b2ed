import type { MappingPreviewInput } from "../../../../api/schema.ts";
import type { Draft } from "../draft.ts";
import { readOf, written } from "../fields/FieldJson.tsx";
import { nameAsked } from "../fql.ts";
import { sampleOf } from "../sample.ts";

/** Which event a mapping is tried with. */
export type Pick =
  /** The last of the name that the trigger asks for; a sample where none came. */
  | { kind: "usual" }
  | { kind: "last"; name: string }
  | { kind: "id"; id: string }
  | { kind: "json"; text: string };

export type PickKind = Pick["kind"];

type Occasion = Pick_<MappingPreviewInput, "event" | "eventId" | "lastEventNamed">;
type Pick_<Of, Key extends keyof Of> = { [Name in Key]?: Of[Name] };

/** The event of a preview; null where what was picked is none yet. `isSample`: it was made of the trigger. */
export function occasionOf(pick: Pick, draft: Draft, names: ReadonlySet<string> | null) {
  const sample = { occasion: { event: sampleOf(draft.trigger, draft.fields) } as Occasion, isSample: true };
  const picked = (occasion: Occasion | null) => ({ occasion, isSample: false });
  switch (pick.kind) {
    case "usual": {
      const name = nameAsked(draft.trigger);
      return name !== null && names?.has(name) ? picked({ lastEventNamed: name }) : sample;
    }
    case "last":
      return picked(pick.name === "" ? null : { lastEventNamed: pick.name });
    case "id":
      return picked(pick.id.trim() === "" ? null : { eventId: pick.id.trim() });
    case "json": {
      const event = readOf(pick.text);
      return picked(event !== null && typeof event === "object" ? { event } : null);
    }
  }
}

/** The text of a sample, to be changed by hand. */
export const sampleText = (draft: Draft): string => written(sampleOf(draft.trigger, draft.fields));
