import { NativeSelect } from "@mantine/core";
import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { useEffect, useState } from "react";

import { useRows } from "../../api/queries.ts";
import type { JobKind } from "../../api/schema.ts";
import { WORDS } from "../../api/words.ts";
import { type Column, DataTable } from "../../parts/DataTable.tsx";
import { Empty } from "../../parts/Empty.tsx";
import { JobProgress } from "../../parts/jobs/JobProgress.tsx";
import { aboutWhat, jobInWords, kindInWords } from "../../parts/jobs/jobInWords.ts";
import type { JobPartsFragment } from "../../parts/jobs/jobs.graphql.ts";
import { isUnderWay } from "../../parts/jobs/useJob.ts";
import { JobTag } from "../../parts/StatusTags.tsx";
import { When } from "../../parts/When.tsx";
import { spelled } from "../../parts/words.ts";
import { JobPanel } from "./jobs/JobPanel.tsx";
import { JobsDocument } from "./jobs/jobs.graphql.ts";
import { SettingsPage } from "./SettingsPage.tsx";
import { jobsSearch } from "./search.ts";

const route = getRouteApi("/settings/jobs");
const REFRESH_MS = 2_000;
const KINDS = Object.keys(WORDS.JobKind) as JobKind[];

const COLUMNS: Column<JobPartsFragment>[] = [
  { name: "Job", of: (job) => kindInWords(job) },
  { name: "About", wide: true, of: (job) => aboutWhat(job) ?? "" },
  { name: "State", of: (job) => <JobTag status={job.status} /> },
  {
    name: "Progress",
    width: 190,
    isLong: true,
    of: (job) => <JobProgress job={job} label={`Progress: ${kindInWords(job)}`} />,
  },
  { name: "Result", wide: true, of: (job) => jobInWords(job)[0] ?? "" },
  { name: "When", align: "right", of: (job) => <When at={job.createdAt} /> },
];

/** What was asked for and takes a while. */
export function Jobs() {
  const { open, kind } = route.useSearch({ select: jobsSearch });
  const navigate = useNavigate({ from: "/settings/jobs" });
  const [someRun, setSomeRun] = useState(false);
  const list = useRows(JobsDocument, { kind: kind ?? null }, (result) => result.jobs, {
    refetchInterval: someRun ? REFRESH_MS : false,
  });
  const nowRun = list.rows.some(isUnderWay);
  useEffect(() => setSomeRun(nowRun), [nowRun]);

  return (
    <SettingsPage title="Jobs">
      <NativeSelect
        aria-label="Kind"
        size="xs"
        maw={260}
        mb="sm"
        value={kind ?? ""}
        onChange={(event) =>
          void navigate({ search: { kind: (event.currentTarget.value || undefined) as JobKind } })
        }
        data={[
          { value: "", label: "All kinds" },
          ...KINDS.map((one) => ({ value: one, label: spelled(one) })),
        ]}
      />
      <DataTable
        label="Jobs"
        columns={COLUMNS}
        {...list}
        keyOf={(job) => job.id}
        to={(job) => ({ to: "/settings/jobs", search: { kind, open: job.id } })}
        isSelected={(job) => job.id === open}
        empty={
          <Empty title={kind ? "No job of that kind" : "No job yet"}>
            Imports, syncs, backtests, replays of many deliveries and erasures are worked on in the
            background, and are listed here.
          </Empty>
        }
      />
      <JobPanel id={open ?? null} onClose={() => void navigate({ search: { kind } })} />
    </SettingsPage>
  );
}
