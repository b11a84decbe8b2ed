import { Text, UnstyledButton } from "@mantine/core";
import { useState } from "react";

import classes from "./Changes.module.css";

/** `label`: what the forms call the field, where they do. */
export type Change = { field: string; label?: string; before?: string | null; after?: string | null };

const SHOWN = 3;
const LONGEST = 90;

/** What was changed, field by field: before → after. */
export function Changes({ changes }: { changes: readonly Change[] }) {
  const [open, setOpen] = useState(false);
  if (changes.length === 0) {
    return (
      <Text span size="sm" c="dimmed">
        –
      </Text>
    );
  }
  const long = changes.some(({ before, after }) =>
    [before, after].some((text) => (text ?? "").length > LONGEST),
  );
  const more = changes.length - SHOWN;
  return (
    <>
      <ul className={classes.changes}>
        {(open ? changes : changes.slice(0, SHOWN)).map((one) => (
          <li key={one.field}>
            <span className={classes.field} title={one.field}>
              {one.label ?? one.field}
            </span>{" "}
            {one.before != null && (
              <del className={classes.before}>{open ? one.before : cut(one.before)}</del>
            )}
            {one.before != null && " → "}
            {one.after != null ? (
              <ins className={classes.after}>{open ? one.after : cut(one.after)}</ins>
            ) : (
              "nothing"
            )}
          </li>
        ))}
      </ul>
      {(more > 0 || long) && (
        <UnstyledButton className={classes.more} aria-expanded={open} onClick={() => setOpen(!open)}>
          {open ? "Show less" : more > 0 ? `Show ${more} more` : "Show all of it"}
        </UnstyledButton>
      )}
    </>
  );
}

function cut(text: string): string {
  return text.length > LONGEST ? `${text.slice(0, LONGEST)} …` : text;
}
