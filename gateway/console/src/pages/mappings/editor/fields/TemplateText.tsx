import { Textarea } from "@mantine/core";

import { textOf, valueIn } from "../values.ts";
import type { ControlProps } from "./FieldRow.tsx";
import { usually } from "./Literal.tsx";

/** A text into which an event's values are put. */
export function TemplateText({ field, value, onChange, error }: ControlProps) {
  return (
    <Textarea
      label={field.label}
      description={field.description}
      required={field.required}
      placeholder={usually(field.default) ?? "Order {{properties.order_id}}"}
      value={textOf(value)}
      onChange={(event) => onChange(valueIn("template", event.currentTarget.value))}
      error={error}
      autosize
      minRows={field.type === "text" ? 2 : 1}
      maxRows={12}
    />
  );
}
