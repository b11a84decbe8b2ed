import { Table } from "@mantine/core";

import type { SettingFieldFragment } from "./new.graphql.ts";
import { kindOf, type Values } from "./settings.ts";
import { keysOf, maskedOf } from "./useSettings.ts";

/** The settings of an account, to be read alone. */
export function SettingsShown({
  fields,
  settings,
}: {
  fields: readonly SettingFieldFragment[];
  settings: Values;
}) {
  const shown = fields.filter(
    (field, index) => fields.findIndex((one) => one.shownAs === field.shownAs) === index,
  );
  return (
    <Table aria-label="Settings" maw={820} verticalSpacing={7}>
      <Table.Tbody>
        {shown.map((field) => (
          <Table.Tr key={field.shownAs}>
            <Table.Th scope="row" w="40%">
              {field.label}
            </Table.Th>
            <Table.Td style={{ overflowWrap: "anywhere" }}>{written(field, fields, settings)}</Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}

function written(
  field: SettingFieldFragment,
  fields: readonly SettingFieldFragment[],
  settings: Values,
): string {
  switch (kindOf(field, fields)) {
    case "SECRET":
      return masked(maskedOf(settings, field.shownAs));
    case "KEYS":
      return (
        keysOf(settings, field.shownAs)
          .map((key) => key.sid)
          .join(", ") || "None"
      );
    case "TOKENS":
      return (
        keysOf(settings, field.shownAs)
          .map((token) => masked(token.secret))
          .join(", ") || "None"
      );
    case "PLAIN": {
      const value = settings[field.shownAs];
      if (value == null || (Array.isArray(value) && value.length === 0)) return "Not set";
      if (typeof value === "boolean") return value ? "Yes" : "No";
      return typeof value === "string" ? value : JSON.stringify(value);
    }
  }
}

/** What may be said of a secret. */
export function masked({ configured, lastFour }: { configured: boolean; lastFour: string | null }): string {
  if (!configured) return "Not set";
  return lastFour ? `Set, ends in ${lastFour}` : "Set";
}
