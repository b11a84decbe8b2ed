import type { LiveState } from "../api/live.ts";
import classes from "./LiveMark.module.css";

const WORDS: Record<LiveState, string> = {
  opening: "Connecting …",
  live: "Live",
  lost: "Not live: the connection is lost, and is looked for",
  refused: "Not live",
};

/** Whether what is shown follows what happens. */
export function LiveMark({ state }: { state: LiveState }) {
  return (
    <span className={classes.live} data-state={state} role="status">
      {WORDS[state]}
    </span>
  );
}
