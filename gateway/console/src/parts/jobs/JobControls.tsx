import { Button, Group, Text } from "@mantine/core";
import { useState } from "react";

import { useChange } from "../../api/queries.ts";
import { useMay } from "../../shell/viewer.ts";
import { ConfirmButton } from "../ConfirmButton.tsx";
import { Failure } from "../Failure.tsx";
import { counted } from "../words.ts";
import { kindInWords } from "./jobInWords.ts";
import {
  JobCancelDocument,
  type JobPartsFragment,
  JobPauseDocument,
  JobResumeDocument,
} from "./jobs.graphql.ts";

/** Pause, go on and end: what the job's state and the reader's role allow. */
export function JobControls({ job }: { job: JobPartsFragment }) {
  const mayAll = useMay("ADMIN");
  const mayMost = useMay("OPERATOR");
  const pause = useChange(JobPauseDocument);
  const resume = useChange(JobResumeDocument);
  const cancel = useChange(JobCancelDocument);
  const [asked, setAsked] = useState<"pause" | "resume">("pause");
  const may = job.kind === "ERASE" ? mayAll : mayMost;
  const input = { id: job.id };
  const canGoOn = job.status === "PAUSED" || job.status === "FAILED";
  const canEnd = job.status === "RUNNING" || canGoOn;
  if (!may || !canEnd) return null;
  return (
    <>
      <Group gap="xs">
        {job.status === "RUNNING" && (
          <Button
            variant="default"
            size="compact-sm"
            loading={pause.isRunning}
            onClick={() => {
              setAsked("pause");
              pause.run({ input });
            }}
          >
            Pause
          </Button>
        )}
        {canGoOn && (
          <Button
            variant="default"
            size="compact-sm"
            loading={resume.isRunning}
            onClick={() => {
              setAsked("resume");
              resume.run({ input });
            }}
          >
            Resume
          </Button>
        )}
        <ConfirmButton
          label="Cancel the job"
          size="compact-sm"
          danger
          onConfirm={() => cancel.runAsync({ input })}
        >
          <Text size="sm">
            {kindInWords(job)}: what it did stays ({counted(job.done)}
            {job.total != null && ` of ${counted(job.total)}`}). The rest is not done, and it can't be begun
            again.
          </Text>
        </ConfirmButton>
      </Group>
      <Failure of={asked === "pause" ? pause.error : resume.error} />
    </>
  );
}
