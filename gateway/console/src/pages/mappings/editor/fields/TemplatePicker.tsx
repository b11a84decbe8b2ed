import { Autocomplete } from "@mantine/core";

import { ApprovalTag } from "../../../../parts/StatusTags.tsx";
import { Tag } from "../../../../parts/Tag.tsx";
import { textOf } from "../values.ts";
import type { ControlProps } from "./FieldRow.tsx";
import classes from "./Fields.module.css";
import { useTemplates } from "./templates.ts";

/** A template of the account, or any SID that is typed; what it says stands below. */
export function TemplatePicker({ field, value, onChange, error }: ControlProps) {
  const templates = useTemplates();
  const sid = textOf(value);
  const chosen = templates.get(sid);
  const offered = [...templates.values()].filter(({ removedAt }) => !removedAt);
  return (
    <div>
      <Autocomplete
        label={field.label}
        description={field.description}
        required={field.required}
        placeholder={offered.length > 0 ? "Choose a template, or type its SID" : "HX…"}
        value={sid}
        onChange={(text) => onChange(text || undefined)}
        error={error}
        data={offered.map((template) => template.sid)}
        filter={({ options, search }) =>
          templates.has(search)
            ? options
            : options.filter((one) => "value" in one && has(templates.get(one.value), search))
        }
        renderOption={({ option }) => {
          const template = templates.get(option.value);
          return (
            <span className={classes.option}>
              <span>
                {template?.name} <span className={classes.detail}>{template?.language}</span>
              </span>
              {template && <ApprovalTag approval={template.approval} />}
            </span>
          );
        }}
        autoComplete="off"
      />
      {chosen && (
        <div className={classes.body}>
          <strong>{chosen.name}</strong> <ApprovalTag approval={chosen.approval} />{" "}
          {chosen.removedAt && <Tag tone="red">The account has it no more</Tag>}
          {chosen.body && <div>{chosen.body}</div>}
        </div>
      )}
    </div>
  );
}

const has = (template: { sid: string; name: string } | undefined, search: string) =>
  template !== undefined && `${template.name} ${template.sid}`.toLowerCase().includes(search.toLowerCase());
