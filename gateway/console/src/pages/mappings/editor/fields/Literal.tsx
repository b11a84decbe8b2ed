import { FieldInput } from "../../../../parts/FieldInput.tsx";
import { useEditor } from "../useEditor.ts";
import type { ControlProps } from "./FieldRow.tsx";
import { SenderPicker } from "./SenderPicker.tsx";
import { Table } from "./Table.tsx";
import { TemplatePicker } from "./TemplatePicker.tsx";
import { VariablesTable } from "./VariablesTable.tsx";

// What the values of a template's variables are written under.
const VARIABLES = "contentVariables";

/** A value as it stands: picked where the account says what there is, else in the control that the field asks for. */
export function Literal(control: ControlProps) {
  const { readOnly } = useEditor();
  const { field, value, onChange, error } = control;
  if (field.picks === "SENDER") return <SenderPicker {...control} />;
  if (field.picks === "TEMPLATE") return <TemplatePicker {...control} />;
  if (field.key === VARIABLES) return <VariablesTable {...control} />;
  if (field.type === "object") return <Table {...control} />;
  return (
    <FieldInput
      field={field}
      value={value}
      onChange={(given) => onChange(given ?? undefined)}
      placeholder={usually(field.default)}
      error={error}
      disabled={readOnly}
    />
  );
}

/** What stands in for a field that is left out. */
export function usually(value: unknown): string | undefined {
  if (value === null || value === undefined) return undefined;
  return `Left out, it is ${JSON.stringify(value)}`;
}
