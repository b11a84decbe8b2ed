import { Button, Collapse, Stack } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { ChevronDown, ChevronRight } from "lucide-react";
import { type ReactNode, useId } from "react";

import type { UserErrorPartsFragment } from "../../api/user_error.graphql.ts";
import { FieldInput } from "../../parts/FieldInput.tsx";
import type { SettingFieldFragment } from "./new.graphql.ts";
import { arranged, type Values } from "./settings.ts";

type Props = {
  fields: readonly SettingFieldFragment[];
  values: Values;
  onChange: (key: string, value: unknown) => void;
  errors: readonly UserErrorPartsFragment[];
  disabled?: boolean;
  /** Of a stored secret: what is known of it, in place of it. */
  placeholder?: (field: SettingFieldFragment) => string | undefined;
  /** Whether it may be left out though it is required: a secret that is kept. */
  optional?: (field: SettingFieldFragment) => boolean;
  /** What stands below a field. */
  below?: (field: SettingFieldFragment) => ReactNode;
};

/** The form that a definition's settings make: what is required first, what few need folded away. */
export function SettingsFields(props: Props) {
  const { fields, errors } = props;
  const { shown, folded } = arranged(fields);
  const isWrong = folded.some((field) => errorAt(errors, field.key) !== null);
  const [opened, { toggle, open: unfold }] = useDisclosure(false);
  const open = opened || isWrong;
  const id = useId();
  return (
    <Stack gap="md">
      {shown.map((field) => (
        <Setting key={field.key} field={field} {...props} />
      ))}
      {folded.length > 0 && (
        <>
          <div>
            <Button
              variant="subtle"
              color="gray"
              size="compact-sm"
              onClick={toggle}
              aria-expanded={open}
              aria-controls={id}
              leftSection={open ? <ChevronDown size={16} /> : <ChevronRight size={16} />}
            >
              {folded.length} advanced settings
            </Button>
          </div>
          {/* What can't be read is no reason to send nothing unseen. */}
          <Collapse expanded={open} id={id} onInvalidCapture={unfold}>
            <Stack gap="md">
              {folded.map((field) => (
                <Setting key={field.key} field={field} {...props} />
              ))}
            </Stack>
          </Collapse>
        </>
      )}
    </Stack>
  );
}

function Setting({
  field,
  values,
  onChange,
  errors,
  disabled,
  ...props
}: Props & { field: SettingFieldFragment }) {
  return (
    <div>
      <FieldInput
        field={field}
        value={values[field.key] ?? null}
        onChange={(value) => onChange(field.key, value)}
        help={isTold(field, props.fields) ? null : undefined}
        placeholder={props.placeholder?.(field)}
        optional={props.optional?.(field)}
        error={errorAt(errors, field.key)}
        disabled={disabled}
      />
      {props.below?.(field)}
    </div>
  );
}

/** Whether the field before says the same: of a key its SID and its secret have one description. */
function isTold(field: SettingFieldFragment, fields: readonly SettingFieldFragment[]): boolean {
  const before = fields[fields.indexOf(field) - 1];
  return before?.shownAs === field.shownAs && before.description === field.description;
}

/** What was wrong with the input of that name. */
export function errorAt(errors: readonly UserErrorPartsFragment[], key: string): string | null {
  return errors.find((error) => error.path.includes(key))?.message ?? null;
}
