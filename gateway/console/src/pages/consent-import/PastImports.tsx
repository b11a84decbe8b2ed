import { Title } from "@mantine/core";

import { useAnswer } from "../../api/queries.ts";
import { type Column, DataTable } from "../../parts/DataTable.tsx";
import { jobInWords } from "../../parts/jobs/jobInWords.ts";
import type { JobPartsFragment } from "../../parts/jobs/jobs.graphql.ts";
import { isUnderWay } from "../../parts/jobs/useJob.ts";
import { JobTag } from "../../parts/StatusTags.tsx";
import { When } from "../../parts/When.tsx";
import { ConsentImportsDocument } from "./consent_import.graphql.ts";
import { outcomeOf } from "./outcome.ts";

const REFRESH_MS = 2_000;

const COLUMNS: Column<JobPartsFragment>[] = [
  { name: "When", of: (job) => <When at={job.createdAt} /> },
  { name: "What", of: (job) => (outcomeOf(job)?.dryRun ? "Dry run" : "Recorded") },
  { name: "State", of: (job) => <JobTag status={job.status} /> },
  { name: "Result", wide: true, of: (job) => jobInWords(job)[0] ?? "" },
];

/** The imports of before: one that runs is found again here. */
export function PastImports() {
  const query = useAnswer(ConsentImportsDocument, {}, { refetchInterval: REFRESH_MS });
  const jobs = query.data?.jobs.edges.map(({ node }) => node) ?? [];
  if (jobs.length === 0) return null;
  return (
    <section aria-labelledby="past-imports">
      <Title order={2} size="h4" id="past-imports" mt="xl" mb="xs">
        {jobs.some(isUnderWay) ? "Under way, and earlier" : "Earlier imports"}
      </Title>
      <DataTable
        label="Imports"
        columns={COLUMNS}
        rows={jobs}
        keyOf={(job) => job.id}
        to={(job) => ({ to: "/consent-import", search: { job: job.id } })}
        isPending={query.isPending}
        error={query.error}
        empty={null}
      />
    </section>
  );
}
