import { Button } from "@mantine/core";
import { X } from "lucide-react";

import classes from "./filters.module.css";

export type Chip = { name: string; value: string; onRemove: () => void };

/** What a list is narrowed by; each goes on a click. */
export function FilterChips({ chips, onClear }: { chips: readonly Chip[]; onClear: () => void }) {
  if (chips.length === 0) return null;
  return (
    <ul className={classes.chips} aria-label="Filters that are on">
      {chips.map(({ name, value, onRemove }) => (
        <li key={`${name} ${value}`}>
          <button
            type="button"
            className={classes.chip}
            aria-label={`Remove the filter ${name}: ${value}`}
            onClick={onRemove}
          >
            <span>
              {name}: <b>{value}</b>
            </span>
            <X size={13} aria-hidden="true" />
          </button>
        </li>
      ))}
      <li>
        <Button variant="subtle" color="gray" size="compact-xs" onClick={onClear}>
          Clear all
        </Button>
      </li>
    </ul>
  );
}
