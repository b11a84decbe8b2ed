import { Button, Text } from "@mantine/core";

import { useChange } from "../../api/queries.ts";
import { Failure } from "../../parts/Failure.tsx";
import { useBegunJob } from "../../parts/jobs/useBegunJob.ts";
import { SyncSendersDocument, SyncTemplatesDocument } from "./tabs.graphql.ts";

type Props = { accountId: string; of: "senders" | "templates" };

/** Has the account's list read anew, and says what that found. */
export function SyncButton({ accountId, of }: Props) {
  const { job, isRunning, follow, error } = useBegunJob();
  const senders = useChange(SyncSendersDocument, { onDone: ({ senderSync }) => follow(senderSync.job) });
  const templates = useChange(SyncTemplatesDocument, {
    onDone: ({ templateSync }) => follow(templateSync.job),
  });
  const sync = of === "senders" ? senders : templates;
  return (
    <>
      <Button
        variant="default"
        loading={sync.isRunning || isRunning}
        onClick={() => sync.run({ input: { id: accountId } })}
      >
        Sync {of}
      </Button>
      {job && !isRunning && (
        <Text size="sm" role="status">
          {job.status === "DONE" ? found(job.result, of) : (job.message ?? notDone(job.status))}
        </Text>
      )}
      <Failure of={sync.error ?? error} title="The sync was not begun" />
    </>
  );
}

const notDone = (status: string) =>
  status === "PAUSED"
    ? "It is paused, and goes on once it is resumed among the jobs."
    : "The sync did not end well.";

function found(result: unknown, of: string): string {
  const { listed = 0, new: fresh = 0, removed = 0 } = (result ?? {}) as Record<string, number>;
  const changes = [fresh > 0 ? `${fresh} new` : "", removed > 0 ? `${removed} removed` : ""].filter(Boolean);
  return `The account has ${listed} ${of}${changes.length > 0 ? `: ${changes.join(", ")}` : ", none of them new"}.`;
}
