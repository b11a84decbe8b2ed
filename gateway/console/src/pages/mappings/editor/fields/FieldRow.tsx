import { NativeSelect } from "@mantine/core";

import { Doubts } from "../Doubts.tsx";
import { wrongWith } from "../problems.ts";
import { shownForm } from "../reducer.ts";
import { type ActionField, useEditor } from "../useEditor.ts";
import type { Form } from "../values.ts";
import { FieldJson } from "./FieldJson.tsx";
import classes from "./Fields.module.css";
import { Literal } from "./Literal.tsx";
import { PathInput } from "./PathInput.tsx";
import { TemplateText } from "./TemplateText.tsx";

/** What every control of a field is given. */
export type ControlProps = {
  field: ActionField;
  value: unknown;
  /** undefined: it is left out. */
  onChange: (value: unknown) => void;
  error?: string;
};

/** One field: its control, and in which form its value is written. */
export function FieldRow({ field }: { field: ActionField }) {
  const { state, dispatch, readOnly, problems } = useEditor();
  const { key, label } = field;
  const found = problems.field(key);
  const form = shownForm(state, field);
  const control = {
    field,
    value: state.draft.fields[key],
    onChange: (value: unknown) => dispatch({ do: "setField", key, value }),
    error: wrongWith(found),
  };

  return (
    <div className={classes.row}>
      {!readOnly && (
        <NativeSelect
          className={classes.form}
          size="xs"
          variant="unstyled"
          aria-label={`${label} is written as`}
          value={form}
          disabled={key in state.unread}
          onChange={(event) => dispatch({ do: "setForm", field, form: event.currentTarget.value as Form })}
          data={formsOf(field)}
        />
      )}
      <Control form={form} control={control} />
      <Doubts of={found} />
    </div>
  );
}

function Control({ form, control }: { form: Form; control: ControlProps }) {
  switch (form) {
    case "literal":
      return <Literal {...control} />;
    case "template":
      return <TemplateText {...control} />;
    case "path":
      return <PathInput {...control} />;
    case "json":
      return <FieldJson {...control} />;
  }
}

function formsOf({ type, multiple }: ActionField): { value: Form; label: string }[] {
  const isText = (type === "string" || type === "text") && !multiple;
  const literal = type === "object" ? "Table" : type === "text" ? "Text (Liquid)" : "Value";
  return [
    ...(type === "object" && multiple ? [] : [{ value: "literal" as const, label: literal }]),
    ...(isText ? [{ value: "template" as const, label: "Text with {{ }} of the event" }] : []),
    { value: "path", label: "Path of the event" },
    { value: "json", label: "JSON" },
  ];
}
