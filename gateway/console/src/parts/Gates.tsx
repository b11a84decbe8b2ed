import { Collapse, Text, UnstyledButton } from "@mantine/core";
import { Check, ChevronDown, X } from "lucide-react";
import { useId, useState } from "react";

import type { Reason } from "../api/schema.ts";
import { useMay } from "../shell/viewer.ts";
import classes from "./Gates.module.css";
import { saidInWords } from "./remedies.ts";
import { Said } from "./Said.tsx";
import { gateInWords, reasonInWords, spelled } from "./words.ts";

export type Gate = { gate: string; passed: boolean; reason?: Reason | null; detail?: string | null };

/** The gates in their order, each with what it saw: the one that let nothing pass is open, the others on a click. */
export function Gates({ gates }: { gates: readonly Gate[] }) {
  return (
    <ol className={classes.gates}>
      {gates.map((gate) => (
        <Step key={`${gate.gate}-${gate.passed}-${gate.detail}`} gate={gate} />
      ))}
    </ol>
  );
}

function Step({ gate: { gate, passed, reason, detail } }: { gate: Gate }) {
  const [open, setOpen] = useState(!passed);
  const id = useId();
  const unsaid = useMay("READER")
    ? "What it saw was removed, for its age or with the person."
    : "What it saw is hidden from viewers, or was removed.";
  const Icon = passed ? Check : X;
  return (
    <li className={classes.step} data-passed={passed}>
      <UnstyledButton
        className={classes.head}
        aria-expanded={open}
        aria-controls={id}
        onClick={() => setOpen(!open)}
        title={gateInWords(gate)}
      >
        <span className={classes.mark}>
          <Icon size={13} aria-hidden="true" />
        </span>
        <span>{spelled(gate)}</span>
        <span className="visually-hidden">{passed ? "passed" : "stopped it"}</span>
        {reason && <span className={classes.reason}>{spelled(reason)}</span>}
        <ChevronDown size={14} className={classes.arrow} data-open={open} aria-hidden="true" />
      </UnstyledButton>
      <Collapse expanded={open} id={id}>
        <div className={classes.detail}>
          {reason && <Text size="sm">{reasonInWords(reason)}</Text>}
          <Text size="sm" c={reason ? "dimmed" : undefined}>
            {detail ? <Said of={saidInWords(detail)} /> : unsaid}
          </Text>
        </div>
      </Collapse>
    </li>
  );
}
