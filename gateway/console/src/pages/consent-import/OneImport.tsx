import { Group, Skeleton, Stack, Text, Title } from "@mantine/core";

import { Empty } from "../../parts/Empty.tsx";
import { Failure } from "../../parts/Failure.tsx";
import { JobControls } from "../../parts/jobs/JobControls.tsx";
import { JobProgress } from "../../parts/jobs/JobProgress.tsx";
import type { JobPartsFragment } from "../../parts/jobs/jobs.graphql.ts";
import { useJob } from "../../parts/jobs/useJob.ts";
import { ButtonLink } from "../../parts/links.tsx";
import { JobTag } from "../../parts/StatusTags.tsx";
import { When } from "../../parts/When.tsx";
import { Counts } from "./Counts.tsx";
import { HowItIsRead } from "./HowItIsRead.tsx";
import { keptOf } from "./kept.ts";
import { outcomeOf } from "./outcome.ts";
import { RecordIt } from "./RecordIt.tsx";
import { Refused } from "./Refused.tsx";

/** One import: how far it is, what comes of the rows, and the word to record them. */
export function OneImport({ id }: { id: string }) {
  const { job, isPending, error } = useJob(id);
  if (error && !job) return <Failure of={error} title="The import could not be read" />;
  if (isPending) return <Skeleton height={200} />;
  if (!job) {
    return (
      <Empty title="There is no such import" action={<Another label="Import a file" />}>
        It may be no longer kept.
      </Empty>
    );
  }
  return <Shown job={job} />;
}

function Shown({ job }: { job: JobPartsFragment }) {
  const outcome = outcomeOf(job);
  const kept = keptOf(job.id);
  const isDone = job.status === "DONE";
  return (
    <Stack gap="md">
      <div role="status">
        <Title order={2} size="h4">
          {headline(job, kept?.name)}
        </Title>
        <Text size="sm" c="dimmed" component="div">
          <JobTag status={job.status} /> asked for <When at={job.createdAt} />
        </Text>
      </div>
      {!isDone && (
        <div style={{ maxWidth: 480 }}>
          <JobProgress
            job={job}
            label="Rows read"
            total={kept?.lines ?? job.total}
            done={outcome?.rows ?? 0}
          />
        </div>
      )}
      {job.message && <Text size="sm">{job.message}</Text>}
      <JobControls job={job} />
      {outcome && (
        <>
          <Counts outcome={outcome} />
          {isDone && (
            <Group>
              {outcome.dryRun && <RecordIt outcome={outcome} kept={kept} />}
              <Another label={outcome.dryRun ? "Choose another file" : "Import another file"} />
            </Group>
          )}
          <Refused outcome={outcome} />
          <HowItIsRead outcome={outcome} />
        </>
      )}
    </Stack>
  );
}

function headline(job: JobPartsFragment, name: string | undefined): string {
  const isDry = outcomeOf(job)?.dryRun ?? true;
  const what = name ?? "the file";
  if (job.status === "RUNNING") return isDry ? `Counting the rows of ${what} …` : `Recording ${what} …`;
  if (job.status !== "DONE")
    return isDry ? `The rows of ${what} are not all counted` : `Not all of ${what} is recorded`;
  return isDry ? `What would come of ${what}: nothing is recorded yet` : `What came of ${what}`;
}

function Another({ label }: { label: string }) {
  return (
    <ButtonLink variant="default" to="/consent-import" search={{}}>
      {label}
    </ButtonLink>
  );
}
