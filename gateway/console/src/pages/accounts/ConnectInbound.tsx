import { Button, Checkbox, Stack, Text, Title } from "@mantine/core";
import { useState } from "react";

import { useChange } from "../../api/queries.ts";
import { CopyText } from "../../parts/CopyText.tsx";
import { Failure } from "../../parts/Failure.tsx";
import { useBegunJob } from "../../parts/jobs/useBegunJob.ts";
import { useMay } from "../../shell/viewer.ts";
import { inboundOf } from "./senderStates.tsx";
import type { AccountWhole } from "./shapes.ts";
import { ConnectSenderDocument, type SenderRowFragment } from "./tabs.graphql.ts";

type Props = { account: AccountWhole; sender: SenderRowFragment };

const OUTCOMES: Record<string, string> = {
  DONE: "It is connected.",
  PAUSED: "It is paused, and goes on once it is resumed among the jobs.",
};

/** Where replies to a sender go, and, for who may, having them come here. */
export function ConnectInbound({ account, sender }: Props) {
  const isAdmin = useMay("ADMIN");
  const [mayReplace, setMayReplace] = useState(false);
  const { job, isRunning, follow, error } = useBegunJob();
  const connect = useChange(ConnectSenderDocument, {
    onDone: ({ senderConnect }) => follow(senderConnect.job),
  });
  const { isOurs } = inboundOf(sender, account);
  if (sender.kind === "ALPHANUMERIC") return null;
  const there = sender.inboundUrl ?? null;
  return (
    <section>
      <Title order={3} size="h5" mb={4}>
        What people write to it
      </Title>
      <Stack gap="xs">
        {isOurs && <Text size="sm">It comes here: into the inbox, and a stop is heard at once.</Text>}
        {!isOurs && there === null && (
          <Text size="sm">
            The provider tells nobody. Until it is connected, replies and stops to it are not heard here.
          </Text>
        )}
        {!isOurs && there !== null && (
          <>
            <Text size="sm">
              It goes to somebody else's address, so replies and stops to it are not heard here:
            </Text>
            <CopyText text={there} label="Set there now" />
          </>
        )}
        {!isOurs && isAdmin && account.inboundUrl == null && (
          <Text size="sm" c="dimmed">
            To connect it, this server needs a public address: set HELIOGRAPH_PUBLIC_URL.
          </Text>
        )}
        {!isOurs && isAdmin && account.inboundUrl != null && (
          <>
            {there !== null && (
              <Checkbox
                label="Replace that address. Whoever is told there is told no more."
                checked={mayReplace}
                onChange={(event) => setMayReplace(event.currentTarget.checked)}
              />
            )}
            <div>
              <Button
                variant="default"
                disabled={there !== null && !mayReplace}
                loading={connect.isRunning || isRunning}
                onClick={() => connect.run({ input: { id: sender.id, expectedUrl: there } })}
              >
                Connect
              </Button>
            </div>
          </>
        )}
        {job && !isRunning && (
          <Text size="sm" role="status">
            {job.message ?? OUTCOMES[job.status] ?? "It was not connected."}
          </Text>
        )}
        <Failure of={connect.error ?? error} title="It was not connected" />
      </Stack>
    </section>
  );
}
