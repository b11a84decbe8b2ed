import { Button } from "@mantine/core";
import { ChevronDown } from "lucide-react";
import { type ReactNode, useId, useState } from "react";

/** What is shown on a click, and not in the page before. */
export function Fold({ label, children }: { label: string; children: ReactNode }) {
  const [open, setOpen] = useState(false);
  const id = useId();
  return (
    <div>
      <Button
        variant="subtle"
        color="gray"
        size="compact-sm"
        mt={8}
        mb={4}
        ml={-8}
        aria-expanded={open}
        aria-controls={id}
        rightSection={
          <ChevronDown size={14} aria-hidden="true" style={{ rotate: open ? "180deg" : undefined }} />
        }
        onClick={() => setOpen(!open)}
      >
        {label}
      </Button>
      <div id={id}>{open && children}</div>
    </div>
  );
}
