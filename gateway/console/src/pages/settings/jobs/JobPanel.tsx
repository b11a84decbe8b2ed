import { Skeleton, Text } from "@mantine/core";

import { CopyText } from "../../../parts/CopyText.tsx";
import { Failure } from "../../../parts/Failure.tsx";
import { JsonView } from "../../../parts/JsonView.tsx";
import { JobControls } from "../../../parts/jobs/JobControls.tsx";
import { JobProgress } from "../../../parts/jobs/JobProgress.tsx";
import { aboutWhat, jobInWords, kindInWords, refusedRows } from "../../../parts/jobs/jobInWords.ts";
import type { JobPartsFragment } from "../../../parts/jobs/jobs.graphql.ts";
import { useJob } from "../../../parts/jobs/useJob.ts";
import { AnchorLink } from "../../../parts/links.tsx";
import { saidInWords } from "../../../parts/remedies.ts";
import { Said } from "../../../parts/Said.tsx";
import { SidePanel } from "../../../parts/SidePanel.tsx";
import { JobTag } from "../../../parts/StatusTags.tsx";
import { When } from "../../../parts/When.tsx";
import { useMay } from "../../../shell/viewer.ts";
import { Section } from "../Section.tsx";

/** One job: how far it is, what it came to, and what can be done with it. */
export function JobPanel({ id, onClose }: { id: string | null; onClose: () => void }) {
  const { job, isPending, error } = useJob(id);
  return (
    <SidePanel opened={id !== null} title={job ? titleOf(job) : "Job"} onClose={onClose}>
      {job ? (
        <Facts job={job} />
      ) : error ? (
        <Failure of={error} title="The job could not be read" />
      ) : isPending ? (
        <Skeleton height={120} />
      ) : (
        <Text size="sm">There is no such job, or it is no longer kept.</Text>
      )}
    </SidePanel>
  );
}

function titleOf(job: JobPartsFragment): string {
  const about = aboutWhat(job);
  return about ? `${kindInWords(job)}: ${about}` : kindInWords(job);
}

function Facts({ job }: { job: JobPartsFragment }) {
  const mayImport = useMay("OPERATOR");
  return (
    <>
      <Text size="sm" component="div" mb="xs">
        <JobTag status={job.status} />{" "}
        <Text span size="sm" c="dimmed">
          asked for <When at={job.createdAt} />
          {job.finishedAt && (
            <>
              , ended <When at={job.finishedAt} />
            </>
          )}
        </Text>
      </Text>
      <JobProgress job={job} label="Progress" />
      <Section title="What it came to">
        {jobInWords(job).map((sentence) => (
          <Text size="sm" key={sentence}>
            {sentence}
          </Text>
        ))}
        {jobInWords(job).length === 0 && (
          <Text size="sm" c="dimmed">
            It did not begin yet.
          </Text>
        )}
        {job.message && (
          <Text size="sm" mt={6}>
            <Said of={saidInWords(job.message)} />
          </Text>
        )}
        {mayImport && job.kind === "CONSENT_IMPORT" && refusedRows(job) > 0 && (
          <AnchorLink size="sm" to="/consent-import" search={{ job: job.id }}>
            Show the rows that were refused
          </AnchorLink>
        )}
      </Section>
      <JobControls job={job} />
      {job.result != null && (
        <Section title="The same for a program">
          <JsonView value={job.result} label="Result" />
        </Section>
      )}
      <CopyText text={job.id} name="the id of the job" />
    </>
  );
}
