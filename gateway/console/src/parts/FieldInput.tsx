import {
  MultiSelect,
  NativeSelect,
  PasswordInput,
  Switch,
  TagsInput,
  Textarea,
  TextInput,
} from "@mantine/core";
import type { ReactNode } from "react";

import type { Field } from "../api/schema.ts";
import { JsonInput } from "./JsonInput.tsx";
import { NumberField } from "./NumberField.tsx";
import { localInput } from "./times.ts";

/** What a control has to know of a field: of a setting, or of an action. */
export type FieldShape = Pick<
  Field,
  "key" | "label" | "description" | "type" | "required" | "multiple" | "secret" | "default" | "choices"
>;

type Props = {
  field: FieldShape;
  /** Its value as JSON; null where there is none. Of a secret never what is stored. */
  value: unknown;
  /** The new value, null where it was emptied. */
  onChange: (value: unknown) => void;
  /** What stands below the label in place of the field's own description; null: nothing. */
  help?: ReactNode;
  placeholder?: string;
  /** Other than the field says, it may be left out: of a secret that is kept. */
  optional?: boolean;
  error?: string | null;
  disabled?: boolean;
};

/** The form control for one field of a definition: it takes what the field takes, and nothing else. */
export function FieldInput(props: Props) {
  const { field, value, onChange, help, placeholder, optional = false, error, disabled } = props;
  const fallback = isPlain(field.default) ? String(field.default) : undefined;
  const common = {
    label: field.label,
    description: help === undefined ? described(field.description) : help,
    required: field.required && !optional,
    disabled,
    error: error || undefined,
    name: field.key,
  };
  const text = {
    ...common,
    placeholder: placeholder ?? fallback,
    value: value == null ? "" : String(value),
    onChange: (event: { currentTarget: { value: string } }) => onChange(event.currentTarget.value || null),
    autoComplete: "off",
    spellCheck: false,
  };

  if (field.secret)
    return (
      <PasswordInput
        {...text}
        placeholder={placeholder}
        autoComplete="new-password"
        visibilityToggleButtonProps={{ "aria-label": `Show ${field.label}` }}
      />
    );
  if (field.type === "object" || (field.multiple && !holdsText(field)))
    return <JsonInput {...common} value={value} onChange={onChange} placeholder={placeholder} />;
  if (field.multiple) return <Several {...common} field={field} value={value} onChange={onChange} />;
  if (field.choices.length > 0) {
    return (
      <NativeSelect
        {...common}
        value={value == null ? (fallback ?? "") : String(value)}
        onChange={(event) => onChange(choiceOf(field, event.currentTarget.value))}
        data={[
          ...(field.required || fallback !== undefined ? [] : [{ value: "", label: "Not set" }]),
          ...field.choices.map((choice) => ({ value: String(choice), label: String(choice) })),
        ]}
      />
    );
  }
  switch (field.type) {
    case "boolean":
      return (
        <Switch
          {...common}
          required={false}
          checked={Boolean(value ?? field.default === true)}
          onChange={(event) => onChange(event.currentTarget.checked)}
        />
      );
    case "number":
      return (
        <NumberField
          {...common}
          placeholder={placeholder ?? fallback}
          value={typeof value === "number" ? value : null}
          onChange={onChange}
        />
      );
    case "datetime":
      return (
        <TextInput
          {...text}
          type="datetime-local"
          step={1}
          value={typeof value === "string" ? localInput(value, "second") : ""}
          onChange={(event) => onChange(toIso(event.currentTarget.value))}
        />
      );
    case "text":
      return <Textarea {...text} autosize minRows={2} maxRows={12} spellCheck />;
    default:
      return <TextInput {...text} />;
  }
}

/** A description, in which what stands between backticks is shown as what is to be written. */
function described(words: string): ReactNode {
  if (!words.includes("`")) return words || null;
  return words.split("`").map((part, index) =>
    // biome-ignore lint/suspicious/noArrayIndexKey: the parts of a text have no other name, and never move
    index % 2 === 1 ? <code key={index}>{part}</code> : part,
  );
}

type SeveralProps = {
  field: FieldShape;
  value: unknown;
  onChange: (value: unknown) => void;
  label: string;
  description?: ReactNode;
  required: boolean;
  disabled?: boolean;
  error?: string;
};

function Several({ field, value, onChange, ...common }: SeveralProps) {
  const given = Array.isArray(value) ? value.map(String) : [];
  const change = (items: string[]) => onChange(items.length > 0 ? items : null);
  if (field.choices.length > 0)
    return <MultiSelect {...common} value={given} onChange={change} data={field.choices.map(String)} />;
  return (
    <TagsInput
      {...common}
      value={given}
      onChange={change}
      placeholder={given.length > 0 ? undefined : "Type one, then Enter"}
      // An address or a template may hold a comma: what is pasted ends at its lines alone, and one line is typed on.
      splitChars={["\n"]}
      isDuplicate={(one, all) => all.includes(one)}
      onPasteCapture={(event) => {
        if (!event.clipboardData.getData("text/plain").trim().includes("\n")) event.stopPropagation();
      }}
    />
  );
}

const isPlain = (value: unknown): value is string | number =>
  typeof value === "string" || typeof value === "number";

const holdsText = ({ type }: FieldShape) => type === "string" || type === "text";

const choiceOf = ({ choices }: FieldShape, chosen: string) =>
  choices.find((choice) => String(choice) === chosen) ?? null;

function toIso(local: string): string | null {
  const at = new Date(local);
  return Number.isNaN(at.getTime()) ? null : at.toISOString();
}
