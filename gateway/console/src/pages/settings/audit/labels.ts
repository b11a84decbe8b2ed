import { POLICY_GROUPS } from "../../accounts/policy.ts";
import { PARTS } from "../../mappings/editor/save/words.ts";
import { NAMES } from "../sources/names.ts";
import type { FieldLabelsQuery } from "./audit.graphql.ts";

type Definitions = FieldLabelsQuery["definitions"];

const POLICY = new Map<string, string>(
  POLICY_GROUPS.flatMap(({ fields }) => fields.map(({ key, label }) => [key, label] as const)),
);

const OWN = new Map(
  Object.entries({
    ...NAMES,
    ...PARTS,
    destinations: "Accounts",
    inUse: "In use",
    note: "Note",
    paused: "Paused",
    role: "Role",
    sender: "Sender",
    sharedSecret: "Shared secret",
    status: "Status",
    writeKey: "Write key",
  }),
);

const OF_SOURCE = new Map<string, string>(Object.entries(NAMES));

/**
 * What the forms call a field of the audit log, such as `policy.timeZone`; undefined where none does. `action`: of the mapping
 * that has the field. `isSource`: a source has it.
 */
export function labelOf(
  field: string,
  definitions: Definitions,
  action?: string | null,
  isSource = false,
): string | undefined {
  const [within, key = ""] = field.split(".", 2);
  switch (within) {
    case "policy":
      return POLICY.get(key);
    case "settings": {
      const fields = definitions.flatMap(({ settingsFields }) => settingsFields);
      return (fields.find((one) => one.key === key) ?? fields.find((one) => one.shownAs === key))?.label;
    }
    case "fields":
      return definitions
        .flatMap(({ actions }) => actions)
        .find(({ slug }) => slug === action)
        ?.fields.find((one) => one.key === key)?.label;
    default:
      return (isSource ? OF_SOURCE.get(field) : undefined) ?? OWN.get(field);
  }
}
