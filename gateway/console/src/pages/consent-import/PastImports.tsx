import { Title } from "@mantine/core";
import { useEffect, useState } from "react";

import { useRows } from "../../api/queries.ts";
import { type Column, DataTable } from "../../parts/DataTable.tsx";
import { Failure } from "../../parts/Failure.tsx";
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
  const [someRun, setSomeRun] = useState(false);
  const list = useRows(ConsentImportsDocument, {}, (result) => result.jobs, {
    refetchInterval: someRun ? REFRESH_MS : false,
  });
  const nowRun = list.rows.some(isUnderWay);
  useEffect(() => setSomeRun(nowRun), [nowRun]);

  if (list.rows.length === 0)
    return <Failure of={list.error} title="The earlier imports could not be read" />;
  return (
    <section aria-labelledby="past-imports">
      <Title order={2} size="h4" id="past-imports" mt="xl" mb="xs">
        {nowRun ? "Under way, and earlier" : "Earlier imports"}
      </Title>
      <DataTable
        label="Imports"
        columns={COLUMNS}
        {...list}
        total={undefined}
        keyOf={(job) => job.id}
        to={(job) => ({ to: "/consent-import", search: { job: job.id } })}
        empty={null}
      />
    </section>
  );
}
