import type { Action } from "../useEditor.ts";

/** What the form calls the parts of a mapping. */
export const PARTS: Readonly<Record<string, string>> = {
  destinationId: "Account",
  action: "Action",
  name: "Name",
  trigger: "Trigger",
  cancelTrigger: "Cancel trigger",
  purpose: "Purpose",
  mode: "Mode",
  enabled: "Enabled",
  maxAgeSeconds: "Oldest event, in seconds",
  allowBrowserEvents: "Events of browsers start a send",
  allowImport: "Imported events start a send",
};

/** What a part of a mapping is called in the form. */
export function partInWords(part: string, action: Action | null): string {
  const key = part.startsWith("fields.") ? part.slice("fields.".length) : null;
  if (key === null) return PARTS[part] ?? part;
  return action?.fields.find((field) => field.key === key)?.label ?? key;
}

/** A part's value, to be read. */
export function valueInWords(value: unknown): string {
  if (value === undefined || value === "" || value === null) return "";
  if (typeof value === "boolean") return value ? "yes" : "no";
  return typeof value === "string" ? value : JSON.stringify(value, null, 2);
}
