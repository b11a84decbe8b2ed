import { Collapse, UnstyledButton } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { ChevronDown } from "lucide-react";
import { useId } from "react";

import { CopyText } from "../../parts/CopyText.tsx";

/** The remedy, one click away, to be read and to be copied. */
export function WhatToDo({ remedy }: { remedy: string }) {
  const [open, { toggle }] = useDisclosure(false);
  const id = useId();
  return (
    <div>
      <UnstyledButton
        fz="sm"
        fw={500}
        aria-expanded={open}
        aria-controls={id}
        onClick={toggle}
        style={{ display: "inline-flex", alignItems: "center", gap: 4 }}
      >
        What to do
        <ChevronDown size={14} aria-hidden="true" style={{ rotate: open ? "180deg" : undefined }} />
      </UnstyledButton>
      <Collapse expanded={open} id={id}>
        <div style={{ paddingTop: 4 }}>
          <CopyText text={remedy} />
        </div>
      </Collapse>
    </div>
  );
}
