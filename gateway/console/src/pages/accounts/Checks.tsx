import { Loader, Text } from "@mantine/core";
import { Check, X } from "lucide-react";

import { CopyText } from "../../parts/CopyText.tsx";
import { When } from "../../parts/When.tsx";
import type { VerificationRunFragment } from "./accounts.graphql.ts";
import classes from "./Checks.module.css";

type Props = { run: VerificationRunFragment | null | undefined; isRunning: boolean };

/** The checks of an account one below the other: what each looked at, what it saw, and what to do where it failed. */
export function Checks({ run, isRunning }: Props) {
  return (
    <div role="status" aria-label="Verification">
      {isRunning && (
        <Text size="sm" className={classes.running}>
          <Loader size={14} aria-hidden="true" /> The provider is asked. This takes half a minute at most.
        </Text>
      )}
      {!isRunning && !run && (
        <Text size="sm" c="dimmed">
          It was not verified since it was last changed.
        </Text>
      )}
      {run && !isRunning && (
        <>
          <ol className={classes.checks}>
            {run.checks.map((check) => {
              const Icon = check.passed ? Check : X;
              return (
                <li key={`${check.name} ${check.code} ${check.message}`} data-passed={check.passed}>
                  <span className={classes.mark}>
                    <Icon size={13} aria-hidden="true" />
                  </span>
                  <div className={classes.said}>
                    <Text size="sm" fw={600}>
                      {inWords(check.name)}
                      <span className="visually-hidden">{check.passed ? " passed" : " failed"}</span>
                    </Text>
                    {check.message && <Text size="sm">{check.message}</Text>}
                    {check.providerCode && (
                      <Text size="sm" c="dimmed">
                        The provider's code: {check.providerCode}
                      </Text>
                    )}
                    {check.remedy && <CopyText text={check.remedy} label="What to do" />}
                  </div>
                </li>
              );
            })}
          </ol>
          {run.finishedAt && (
            <Text size="xs" c="dimmed" mt="xs">
              Checked <When at={run.finishedAt} />
            </Text>
          )}
        </>
      )}
    </div>
  );
}

/** "webhookUrl" → "Webhook url", "inbound_url" → "Inbound url". */
function inWords(name: string): string {
  const words = name
    .replaceAll(/([a-z])([A-Z])/g, "$1 $2")
    .replaceAll("_", " ")
    .toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}
