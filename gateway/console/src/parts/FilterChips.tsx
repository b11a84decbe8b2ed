import { Button } from "@mantine/core";
import { X } from "lucide-react";
import { useEffect, useRef } from "react";

import { focusAboveRows } from "./AboveRows.tsx";
import classes from "./filters.module.css";

export type Chip = { name: string; value: string; onRemove: () => void };

/** What a list is narrowed by; each goes on a click. */
export function FilterChips({ chips, onClear }: { chips: readonly Chip[]; onClear: () => void }) {
  const list = useRef<HTMLUListElement>(null);
  const removed = useRef<number | null>(null);
  const shown = chips.map(({ name, value }) => `${name} ${value}`).join();

  // Whoever removes one with the keyboard goes on from the next, or from the list that has all rows again.
  // biome-ignore lint/correctness/useExhaustiveDependencies: once what was removed is gone
  useEffect(() => {
    const place = removed.current;
    removed.current = null;
    if (place === null || document.activeElement !== document.body) return;
    const left = list.current?.querySelectorAll<HTMLElement>(`.${classes.chip}`);
    const next = left?.[Math.min(place, left.length - 1)];
    if (next) next.focus();
    else focusAboveRows();
  }, [shown]);

  if (chips.length === 0) return null;
  return (
    <ul className={classes.chips} aria-label="Filters that are on" ref={list}>
      {chips.map(({ name, value, onRemove }, place) => (
        <li key={`${name} ${value}`}>
          <button
            type="button"
            className={classes.chip}
            aria-label={`Remove the filter ${name}: ${value}`}
            onClick={() => {
              removed.current = place;
              onRemove();
            }}
          >
            <span>
              {name}: <b>{value}</b>
            </span>
            <X size={13} aria-hidden="true" />
          </button>
        </li>
      ))}
      <li>
        <Button
          variant="subtle"
          color="gray"
          size="compact-xs"
          onClick={() => {
            removed.current = 0;
            onClear();
          }}
        >
          Clear all
        </Button>
      </li>
    </ul>
  );
}
