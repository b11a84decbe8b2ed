import { TriangleAlert } from "lucide-react";

import classes from "./Editor.module.css";
import type { Problem } from "./problems.ts";

/** What is doubtful about a part: it can be saved so. */
export function Doubts({ of: problems }: { of: readonly Problem[] }) {
  const doubts = problems.filter(({ severity }) => severity === "WARNING");
  if (doubts.length === 0) return null;
  return (
    <ul className={classes.doubts}>
      {doubts.map(({ message }) => (
        <li key={message}>
          <TriangleAlert size={14} aria-hidden="true" />
          <span>
            <span className="visually-hidden">Warning: </span>
            {message}
          </span>
        </li>
      ))}
    </ul>
  );
}
