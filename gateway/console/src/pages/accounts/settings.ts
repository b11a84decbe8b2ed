import type { DestinationSettingsInput, DestinationSettingsUpdateInput } from "../../api/schema.ts";
import type { SettingFieldFragment } from "./new.graphql.ts";

// The settings of an account are those of its definition, which need not be known when the page is built: what is read and
// written of them goes by `settingsFields`.
export type Values = Record<string, unknown>;

/** A stored secret as others may see it. */
export type Masked = { configured: boolean; lastFour: string | null; setAt: string | null };

export type StoredKey = {
  /** Of an auth token, and of no key. */
  id?: string;
  /** Of a key, and of no auth token. */
  sid?: string;
  label: string | null;
  state: "ACTIVE" | "STANDBY" | "FAILED";
  secret: Masked;
};

export type SettingKind = "PLAIN" | "SECRET" | "KEYS" | "TOKENS";

/** What the settings show a field as: as it is, masked, or as a list in which several live side by side. */
export function kindOf(field: SettingFieldFragment, fields: readonly SettingFieldFragment[]): SettingKind {
  if (field.shownAs === field.key) return field.secret ? "SECRET" : "PLAIN";
  return fields.filter((one) => one.shownAs === field.shownAs).length > 1 ? "KEYS" : "TOKENS";
}

const SECRET = "{ configured lastFour setAt }";
const SELECTED: Record<SettingKind, string> = {
  PLAIN: "",
  SECRET,
  KEYS: `{ sid label state secret ${SECRET} }`,
  TOKENS: `{ id label state secret ${SECRET} }`,
};

/** Asks for all settings of an account of that definition, with the revision at which they are so. */
export function settingsQuery(slug: string, fields: readonly SettingFieldFragment[]): string {
  const selected = new Map(fields.map((field) => [field.shownAs, SELECTED[kindOf(field, fields)]]));
  const settings = [...selected].map(([name, of]) => `${name} ${of}`).join(" ");
  return `query Settings($id: ID!) {
    destination(id: $id) { name enabled revision settings { __typename ... on ${typeName(slug)}Settings { ${settings} } } }
  }`;
}

/** `some-provider` → `SomeProvider`. */
function typeName(slug: string): string {
  return words(slug)
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join("");
}

/** `some-provider` → `someProvider`: the key under which its settings are given. */
function keyName(slug: string): string {
  const name = typeName(slug);
  return name.charAt(0).toLowerCase() + name.slice(1);
}

const words = (slug: string) => slug.split(/[-_]/).filter(Boolean);

/** The settings of a new account: what was left empty is left out. */
export function settingsInput(slug: string, values: Values): DestinationSettingsInput {
  const given = Object.entries(values).filter(([, value]) => value !== null && value !== undefined);
  return { [keyName(slug)]: Object.fromEntries(given) } as DestinationSettingsInput;
}

/** What is to be changed of the settings; null clears. */
export function settingsUpdate(slug: string, changed: Values): DestinationSettingsUpdateInput | undefined {
  if (Object.keys(changed).length === 0) return undefined;
  return { [keyName(slug)]: changed } as DestinationSettingsUpdateInput;
}

/** Those of the fields that a form shows at once: the required ones first; and those that it folds away. */
export function arranged<Field extends Pick<SettingFieldFragment, "required" | "advanced">>(
  fields: readonly Field[],
) {
  const plain = fields.filter((field) => field.required || !field.advanced);
  return {
    shown: [...plain.filter((field) => field.required), ...plain.filter((field) => !field.required)],
    folded: fields.filter((field) => !field.required && field.advanced),
  };
}

/** An emptied list or object is nothing, as null is: a form says the one where the API may say the other. */
export const isSame = (one: unknown, other: unknown) =>
  JSON.stringify(orNothing(one)) === JSON.stringify(orNothing(other));

const orNothing = (value: unknown): unknown =>
  typeof value === "object" && value !== null && Object.keys(value).length === 0 ? null : (value ?? null);
