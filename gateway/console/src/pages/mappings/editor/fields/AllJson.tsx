import { Text } from "@mantine/core";
import { useState } from "react";

import { JsonCode } from "../code/Code.tsx";
import { same } from "../draft.ts";
import classes from "../Editor.module.css";
import { wrongWith } from "../problems.ts";
import { useEditor } from "../useEditor.ts";
import { readOf, written } from "./FieldJson.tsx";

/** All the fields as one JSON, as Segment exports it: what is typed here is in the form, and the other way round. */
export function AllJson() {
  const { state, dispatch, readOnly, action, problems } = useEditor();
  const [typed, setTyped] = useState("");
  const { fields } = state.draft;
  const text = state.unreadAll ?? (same(readOf(typed), fields) ? typed : written(fields));
  const keys = [...new Set([...(action?.fields ?? []).map(({ key }) => key), ...Object.keys(fields)])];
  const errors = keys.map((key) => wrongWith(problems.field(key))).filter((error) => error !== undefined);
  return (
    <div>
      <Text size="sm" c="dimmed" id="all-json-help" mb={6}>
        Segment mapping JSON, to be pasted from there as it is. A key left out takes the action's own value.
      </Text>
      <JsonCode
        label="Fields as JSON"
        value={text}
        onChange={(value) => {
          setTyped(value);
          dispatch({ do: "setAllJson", text: value });
        }}
        readOnly={readOnly}
        invalid={state.unreadAll !== null}
        describedBy="all-json-help all-json-wrong"
      />
      <div id="all-json-wrong" role="status" className={classes.wrong}>
        {state.unreadAll !== null && (
          <Text size="xs" c="inherit">
            This is no JSON object yet. It is kept as you typed it, and nothing is saved until it is one.
          </Text>
        )}
        {errors.map((error) => (
          <Text key={error} size="xs" c="inherit">
            {error}
          </Text>
        ))}
      </div>
    </div>
  );
}
