import { Progress, Text } from "@mantine/core";

import { counted } from "../words.ts";
import type { JobPartsFragment } from "./jobs.graphql.ts";
import { isUnderWay } from "./useJob.ts";

type Props = {
  job: Pick<JobPartsFragment, "status" | "total" | "done" | "failed">;
  /** What the bar is of, for who does not see it. */
  label: string;
  /** How many items there are, where the page knows it before the job does; and how many of them are read. */
  total?: number | null;
  done?: number;
};

/** How far a job is: a bar, and the numbers. */
export function JobProgress({ job, label, total = job.total, done = job.done }: Props) {
  const ended = job.status === "DONE";
  const known = total != null && total > 0;
  const share = ended ? 100 : known ? Math.min(100, (done / total) * 100) : isUnderWay(job) ? 100 : 0;
  return (
    <div>
      <Progress.Root size="sm" aria-hidden={false}>
        <Progress.Section
          value={share}
          animated={isUnderWay(job)}
          striped={isUnderWay(job)}
          color={job.status === "FAILED" ? "red.8" : ended ? "green.8" : undefined}
          aria-label={label}
          aria-valuetext={inNumbers(done, total, job.failed)}
        />
      </Progress.Root>
      <Text size="xs" c="dimmed" mt={2}>
        {inNumbers(done, total, job.failed)}
      </Text>
    </div>
  );
}

function inNumbers(done: number, total: number | null | undefined, failed: number): string {
  const all = total == null ? `${counted(done)} done` : `${counted(done)} of ${counted(total)} done`;
  return failed > 0 ? `${all}, ${counted(failed)} could not be` : all;
}
