import { Button, Group, Progress, Stack, Text } from "@mantine/core";

import { Failure } from "../../parts/Failure.tsx";
import { jobInWords } from "../../parts/jobs/jobInWords.ts";
import { useJob } from "../../parts/jobs/useJob.ts";
import { AnchorLink } from "../../parts/links.tsx";
import { several, spelled } from "../../parts/words.ts";

/** How far a job is that replays many. */
export function ReplayProgress({ id, onClose }: { id: string; onClose: () => void }) {
  const { job, error } = useJob(id);
  const total = job?.total ?? 0;
  const done = job?.done ?? 0;
  const [made, ...leftOut] = job ? jobInWords(job) : [];
  return (
    <Stack gap="xs">
      <Failure of={error} />
      <Text size="sm" role="status">
        {job?.status === "DONE"
          ? `Done: ${made ?? "nothing was replayed."}`
          : `${done} of ${several(total, "text")} · ${spelled(job?.status ?? "RUNNING").toLowerCase()}`}
      </Text>
      <Progress
        value={total > 0 ? (100 * done) / total : 100}
        animated={job?.status === "RUNNING"}
        aria-label="How far it is"
      />
      {leftOut.map((words) => (
        <Text size="sm" key={words}>
          {words}
        </Text>
      ))}
      {job?.message && (
        <Text size="sm" c="dimmed">
          {job.message}
        </Text>
      )}
      <Text size="sm" c="dimmed">
        It goes on when this is closed. It can be paused or ended among the{" "}
        <AnchorLink to="/settings/jobs" size="sm">
          jobs
        </AnchorLink>
        .
      </Text>
      <Group justify="flex-end">
        <Button onClick={onClose} data-autofocus>
          Close
        </Button>
      </Group>
    </Stack>
  );
}
