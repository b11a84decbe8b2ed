import { Autocomplete } from "@mantine/core";

import { useWhole } from "../../../../api/whole.ts";
import { PathsSeenDocument } from "../editor.graphql.ts";
import { nameAsked } from "../fql.ts";
import { useEditor } from "../useEditor.ts";
import { textOf, valueIn } from "../values.ts";
import type { ControlProps } from "./FieldRow.tsx";
import classes from "./Fields.module.css";

/** A path into the event, with those that the trigger's events held of late. */
export function PathInput({ field, value, onChange, error }: ControlProps) {
  const name = nameAsked(useEditor().state.draft.trigger);
  const seen = useWhole(PathsSeenDocument, { name: name ?? "" }, (answer) => answer.eventPaths, {
    enabled: name !== null,
  });
  const paths = new Map((seen.data?.eventPaths.edges ?? []).map(({ node }) => [node.name, node]));
  return (
    <Autocomplete
      className={classes.mono}
      label={field.label}
      description={field.description}
      required={field.required}
      placeholder="$.properties.order_id"
      value={textOf(value)}
      onChange={(path) => onChange(valueIn("path", path))}
      error={error}
      data={[...paths.keys()]}
      limit={30}
      renderOption={({ option }) => (
        <span className={classes.option}>
          <code>{option.value}</code>
          <span className={classes.detail}>{paths.get(option.value)?.type}</span>
        </span>
      )}
      autoComplete="off"
      spellCheck={false}
    />
  );
}
