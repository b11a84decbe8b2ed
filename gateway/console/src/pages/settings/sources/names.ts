import type { EditDraft } from "./EditSource.tsx";

/** What the form calls the fields of a source. */
export const NAMES: Record<keyof EditDraft, string> = {
  name: "Name",
  trust: "Trust",
  enabled: "Its events are taken",
  smsOptInTrait: "Trait for SMS",
  whatsappOptInTrait: "Trait for WhatsApp",
  pathKeyAllowed: "Key in the path",
};
