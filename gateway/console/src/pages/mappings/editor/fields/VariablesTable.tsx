import { useEditor } from "../useEditor.ts";
import { textOf } from "../values.ts";
import type { ControlProps } from "./FieldRow.tsx";
import { Table } from "./Table.tsx";
import { useTemplates } from "./templates.ts";

/** The values of a template's variables: a row for each that the chosen one has. */
export function VariablesTable(control: ControlProps) {
  const { action, state } = useEditor();
  const named = action?.fields.find(({ picks }) => picks === "TEMPLATE");
  const template = useTemplates().get(named ? textOf(state.draft.fields[named.key]) : "");
  const samples = Object.fromEntries(
    (template?.variableSamples ?? []).map(({ name, sample }) => [name, sample ?? ""]),
  );
  return <Table {...control} rows={samples} stranger={template && "The template has no such variable"} />;
}
