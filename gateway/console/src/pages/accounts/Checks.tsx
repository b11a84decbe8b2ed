import { Button, Collapse, Loader, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { Check, Info, X } from "lucide-react";
import { useId } from "react";

import { Remedy } from "../../parts/Remedy.tsx";
import { Said } from "../../parts/Said.tsx";
import { When } from "../../parts/When.tsx";
import { several } from "../../parts/words.ts";
import type { VerificationRunFragment } from "./accounts.graphql.ts";
import classes from "./Checks.module.css";

type Run = VerificationRunFragment;
type Props = {
  run: Run | null | undefined;
  isRunning: boolean;
  /** Those that passed are folded away. */
  short?: boolean;
};

/** The checks of an account one below the other: what each looked at, what it saw, and what to do where it failed. */
export function Checks({ run, isRunning, short = false }: Props) {
  const [open, { toggle }] = useDisclosure(!short);
  const id = useId();
  const told = run?.checks.filter((check) => !check.passed || check.message) ?? [];
  const silent = run?.checks.filter((check) => check.passed && !check.message) ?? [];
  return (
    <section aria-label="Verification">
      <div role="status">
        {isRunning && (
          <Text size="sm" className={classes.running}>
            <Loader size={14} aria-hidden="true" /> The provider is asked. This takes half a minute at most.
          </Text>
        )}
        {!isRunning && run?.finishedAt && (
          <Text size="sm" mb={6}>
            {told.some((check) => !check.passed) ? "A check failed" : "All checks passed"}
            <Text span size="xs" c="dimmed">
              {" "}
              · <When at={run.finishedAt} />
            </Text>
          </Text>
        )}
      </div>
      {run && isRunning && !run.finishedAt && <List checks={run.checks} />}
      {run && !isRunning && (
        <>
          <List checks={short ? told : run.checks} />
          {short && silent.length > 0 && (
            <>
              <Button
                variant="subtle"
                color="gray"
                size="compact-sm"
                mt={4}
                onClick={toggle}
                aria-expanded={open}
                aria-controls={id}
              >
                {open ? "Hide" : "Show"} {several(silent.length, told.length > 0 ? "other check" : "check")}
              </Button>
              <Collapse expanded={open} id={id}>
                <div style={{ paddingTop: 8 }}>
                  <List checks={silent} />
                </div>
              </Collapse>
            </>
          )}
        </>
      )}
    </section>
  );
}

function List({ checks }: { checks: Run["checks"] }) {
  return (
    <ol className={classes.checks}>
      {checks.map((check) => {
        const Icon = !check.passed ? X : check.message ? Info : Check;
        return (
          <li
            key={`${check.name} ${check.code} ${check.message}`}
            data-tone={!check.passed ? "red" : check.message ? "amber" : "green"}
          >
            <span className={classes.mark}>
              <Icon size={13} aria-hidden="true" />
            </span>
            <div className={classes.said}>
              <Text size="sm" fw={600}>
                {inWords(check.name)}
                <span className="visually-hidden">{check.passed ? " passed" : " failed"}</span>
              </Text>
              {check.message && (
                <Text size="sm">
                  <Said of={check.message} />
                </Text>
              )}
              {check.providerCode && !check.message?.includes(check.providerCode) && (
                <Text size="sm" c="dimmed">
                  The provider's code: {check.providerCode}
                </Text>
              )}
              {check.remedy && <Remedy of={check.remedy} />}
            </div>
          </li>
        );
      })}
    </ol>
  );
}

/** "webhookUrl" → "Webhook url", "inbound_url" → "Inbound url". */
function inWords(name: string): string {
  const words = name
    .replaceAll(/([a-z])([A-Z])/g, "$1 $2")
    .replaceAll("_", " ")
    .toLowerCase();
  return words.length <= 3 ? words.toUpperCase() : words.charAt(0).toUpperCase() + words.slice(1);
}
