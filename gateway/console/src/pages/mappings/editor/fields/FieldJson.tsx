import { Textarea } from "@mantine/core";
import { useState } from "react";

import { same } from "../draft.ts";
import { useEditor } from "../useEditor.ts";
import type { ControlProps } from "./FieldRow.tsx";
import classes from "./Fields.module.css";

const UNREAD =
  "This cannot be read as JSON yet. It is kept as you typed it, and nothing is saved until it can be.";

/** A field's value as the JSON that it is: any directive. */
export function FieldJson({ field, value, error }: ControlProps) {
  const { state, dispatch } = useEditor();
  const [typed, setTyped] = useState("");
  const unread = state.unread[field.key];
  const text = unread ?? (same(readOf(typed), value) ? typed : written(value));
  return (
    <Textarea
      className={classes.mono}
      label={field.label}
      description={field.description}
      required={field.required}
      placeholder='{"@if": {"exists": {"@path": "$.properties.name"}, "then": …}}'
      value={text}
      onChange={(event) => {
        setTyped(event.currentTarget.value);
        dispatch({ do: "setFieldJson", key: field.key, text: event.currentTarget.value });
      }}
      error={unread === undefined ? error : UNREAD}
      autosize
      minRows={1}
      maxRows={16}
      spellCheck={false}
    />
  );
}

export const written = (value: unknown): string =>
  value === undefined ? "" : JSON.stringify(value, null, 2);

/** What a text is as JSON; undefined where it is none. */
export function readOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
