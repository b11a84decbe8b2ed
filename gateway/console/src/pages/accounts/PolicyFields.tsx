import { NativeSelect, SimpleGrid, TextInput } from "@mantine/core";

import type { UserErrorPartsFragment } from "../../api/user_error.graphql.ts";
import { FieldInput } from "../../parts/FieldInput.tsx";
import { NumberField } from "../../parts/NumberField.tsx";
import { type Choice, choicesWith, type PolicyField, type PolicyKey, type PolicyValues } from "./policy.ts";
import { errorAt } from "./SettingsFields.tsx";

type Props = {
  fields: readonly PolicyField[];
  values: PolicyValues;
  onChange: (key: PolicyKey, value: unknown) => void;
  errors: readonly UserErrorPartsFragment[];
  disabled?: boolean;
  /** What can be chosen where a field names a mapping or a source. */
  choices?: Partial<Record<"mapping" | "source", Choice[]>>;
};

const ZONES = Intl.supportedValuesOf("timeZone");

/** Some of what holds for all messages of an account. */
export function PolicyFields({ fields, values, onChange, errors, disabled, choices = {} }: Props) {
  return (
    <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="md" verticalSpacing="md">
      {fields.map((field) => {
        const { key, label, description, control } = field;
        const common = {
          label,
          description,
          disabled,
          error: errorAt(errors, key) ?? undefined,
          value: values[key] == null ? "" : String(values[key]),
          onChange: (event: { currentTarget: { value: string } }) =>
            onChange(key, event.currentTarget.value || null),
        };
        switch (control) {
          case "time":
            return <TextInput key={key} {...common} type="time" required withAsterisk={false} />;
          case "zone":
            return (
              <NativeSelect
                key={key}
                {...common}
                data={ZONES.includes(common.value) ? ZONES : [...new Set([common.value, "UTC", ...ZONES])]}
              />
            );
          case "whole":
            return (
              <NumberField
                key={key}
                {...common}
                isWhole
                value={typeof values[key] === "number" ? values[key] : null}
                onChange={(value) => onChange(key, value)}
              />
            );
          case "mapping":
          case "source":
            return (
              <NativeSelect key={key} {...common} data={choicesWith(common.value, choices[control] ?? [])} />
            );
          default:
            return (
              <FieldInput
                key={key}
                field={field}
                value={values[key] ?? null}
                onChange={(value) => onChange(key, value)}
                error={errorAt(errors, key)}
                disabled={disabled}
              />
            );
        }
      })}
    </SimpleGrid>
  );
}
