import type { ReactNode } from "react";

import classes from "./Editor.module.css";
import { useEditor } from "./useEditor.ts";

/** Controls that belong together; whoever may only look cannot change them. */
export function Locked({ label, children }: { label: string; children: ReactNode }) {
  return (
    <fieldset disabled={useEditor().readOnly} className={classes.group}>
      <legend className="visually-hidden">{label}</legend>
      {children}
    </fieldset>
  );
}
