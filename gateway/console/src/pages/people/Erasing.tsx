import { Alert, Text } from "@mantine/core";

import { useAnswer } from "../../api/queries.ts";
import type { JobStatus } from "../../api/schema.ts";
import { AnchorLink } from "../../parts/links.tsx";
import { saidInWords } from "../../parts/remedies.ts";
import { Said } from "../../parts/Said.tsx";
import { ErasuresDocument, type ErasuresQuery } from "./person.graphql.ts";

const ASKED_EVERY_MS = 1_000;
const RARELY_MS = 5_000;

/** That somebody is being erased, or why not. `subject`: the id that stands for them in the job. */
export function Erasing({ subject }: { subject: string }) {
  const { data } = useAnswer(
    ErasuresDocument,
    {},
    // Whoever resumes it does so elsewhere.
    { refetchInterval: ({ state }) => (stateOf(state.data, subject) ? RARELY_MS : ASKED_EVERY_MS) },
  );
  const job = jobOf(data, subject);
  const link = (
    <AnchorLink to="/settings/jobs" search={{ open: job?.id }}>
      the job
    </AnchorLink>
  );
  const stopped = stateOf(data, subject);
  if (job && stopped) {
    return (
      <Alert color="red" role="alert" title={stopped} mb="md" variant="light">
        <Said of={saidInWords(job.message ?? "")} /> Some of what is held of them may be gone already. See{" "}
        {link}
        {job.status !== "CANCELED" && ", which can be resumed"}.
      </Alert>
    );
  }
  return (
    <Text role="status" mb="md">
      They are being erased. What is being sent is settled first; see {link}.
    </Text>
  );
}

const jobOf = (erasures: ErasuresQuery | undefined, subject: string) =>
  erasures?.jobs.edges.map(({ node }) => node).find((one) => one.target?.id === subject);

const STOPPED: Partial<Record<JobStatus, string>> = {
  FAILED: "Their erasure failed",
  PAUSED: "Their erasure is paused",
  CANCELED: "Their erasure was canceled",
};

/** Why it does not go on; undefined while it does. */
const stateOf = (erasures: ErasuresQuery | undefined, subject: string): string | undefined => {
  const job = jobOf(erasures, subject);
  return job && STOPPED[job.status];
};
