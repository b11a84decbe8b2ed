import { Button, Collapse, SegmentedControl, Title } from "@mantine/core";
import { ChevronDown, ChevronUp } from "lucide-react";
import { useMemo, useState } from "react";

import { several } from "../../../../parts/words.ts";
import { same } from "../draft.ts";
import classes from "../Editor.module.css";
import { Locked } from "../Locked.tsx";
import type { EditorState } from "../reducer.ts";
import { type ActionField, useEditor } from "../useEditor.ts";
import { formOf } from "../values.ts";
import { AllJson } from "./AllJson.tsx";
import { FieldRow } from "./FieldRow.tsx";

/** What fills the action's fields: as a form, or as the JSON that it is. */
export function FieldsForm() {
  const { state, action, problems } = useEditor();
  const [view, setView] = useState<"form" | "json">("form");
  const [isOpen, setOpen] = useState(false);
  const { opening } = state;
  // biome-ignore lint/correctness/useExhaustiveDependencies: a field stays where it is while it is written in
  const { first, more } = useMemo(() => grouped(action?.fields ?? [], state), [action, opening]);
  if (action === null) return null;
  const isShown = isOpen || more.some(({ key }) => problems.field(key).length > 0 || key in state.unread);

  return (
    <section className={classes.group} aria-labelledby="fields-heading">
      <div className={classes.heading}>
        <Title order={2} size="h4" id="fields-heading">
          Fields
        </Title>
        <SegmentedControl
          size="xs"
          aria-label="How the fields are shown"
          value={view}
          onChange={(value) => setView(value as "form" | "json")}
          data={[
            { value: "form", label: "Form", disabled: state.unreadAll !== null },
            // A field that cannot be read has no place in the JSON of all of them.
            { value: "json", label: "JSON", disabled: Object.keys(state.unread).length > 0 },
          ]}
        />
      </div>
      {view === "json" ? (
        <AllJson />
      ) : (
        <>
          <Locked label="Fields">
            {first.map((field) => (
              <FieldRow key={field.key} field={field} />
            ))}
          </Locked>
          {more.length > 0 && (
            <Button
              variant="subtle"
              color="gray"
              size="compact-sm"
              aria-expanded={isShown}
              aria-controls="more-fields"
              onClick={() => setOpen(!isShown)}
              leftSection={isShown ? <ChevronUp size={15} /> : <ChevronDown size={15} />}
              style={{ alignSelf: "flex-start" }}
            >
              {several(more.length, "more field")}
            </Button>
          )}
          <Collapse expanded={isShown} id="more-fields">
            <Locked label="More fields">
              {isShown && more.map((field) => <FieldRow key={field.key} field={field} />)}
            </Locked>
          </Collapse>
        </>
      )}
    </section>
  );
}

/** The fields that whoever writes a mapping fills in, and the rest. */
function grouped(fields: readonly ActionField[], { draft, unread }: EditorState) {
  const isFirst = (field: ActionField) => {
    const { key, type, required, default: usual } = field;
    const value = draft.fields[key];
    const isOwn = value !== undefined && !same(value, usual) && formOf(value, field) !== "json";
    return required || type === "text" || usual === false || isOwn || key in unread;
  };
  const first = fields.filter(isFirst);
  return {
    first: [...first.filter(({ required }) => required), ...first.filter(({ required }) => !required)],
    more: fields.filter((field) => !isFirst(field)),
  };
}
