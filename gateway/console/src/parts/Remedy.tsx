import { Collapse, Text, UnstyledButton } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { ChevronDown } from "lucide-react";
import { useId } from "react";

import { CopyText } from "./CopyText.tsx";
import { remedyInWords } from "./remedies.ts";

/** What to do about something, in words; the operations in it, which are there to be pasted, on a click. */
export function Remedy({ of: remedy }: { of: string }) {
  const [open, { toggle }] = useDisclosure(false);
  const id = useId();
  const words = remedyInWords(remedy);
  return (
    <div>
      <Text size="sm" c="inherit" style={{ overflowWrap: "anywhere" }}>
        <b>What to do:</b> {words}
      </Text>
      {words !== remedy && (
        <>
          <UnstyledButton
            fz="sm"
            aria-expanded={open}
            aria-controls={id}
            onClick={toggle}
            style={{ display: "inline-flex", alignItems: "center", gap: 4, textDecoration: "underline" }}
          >
            As an operation of the API
            <ChevronDown size={14} aria-hidden="true" style={{ rotate: open ? "180deg" : undefined }} />
          </UnstyledButton>
          <Collapse expanded={open} id={id}>
            <CopyText text={remedy} label="The remedy" />
          </Collapse>
        </>
      )}
    </div>
  );
}
