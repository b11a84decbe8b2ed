import type { ReactNode } from "react";

import classes from "./Tag.module.css";

export type Tone = "grey" | "amber" | "green" | "red" | "blue";

/** A word with a colour: how something stands. The word alone says it too. */
export function Tag({ tone, title, children }: { tone: Tone; title?: string; children: ReactNode }) {
  return (
    <span className={classes.tag} data-tone={tone} title={title}>
      {children}
    </span>
  );
}
