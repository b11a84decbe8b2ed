import { UnstyledButton } from "@mantine/core";
import { ChevronDown } from "lucide-react";
import { type ReactNode, useId, useState } from "react";

import classes from "./Fold.module.css";

/** What is shown on a click, and not in the page before. */
export function Fold({ label, children }: { label: string; children: ReactNode }) {
  const [open, setOpen] = useState(false);
  const id = useId();
  return (
    <div>
      <UnstyledButton
        className={classes.fold}
        fz="sm"
        aria-expanded={open}
        aria-controls={id}
        onClick={() => setOpen(!open)}
      >
        {label}
        <ChevronDown size={14} aria-hidden="true" style={{ rotate: open ? "180deg" : undefined }} />
      </UnstyledButton>
      <div id={id}>{open && children}</div>
    </div>
  );
}
