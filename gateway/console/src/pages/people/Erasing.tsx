import { Alert, Text } from "@mantine/core";

import { useAnswer } from "../../api/queries.ts";
import { AnchorLink } from "../../parts/links.tsx";
import { ErasuresDocument } from "./person.graphql.ts";

const ASKED_EVERY_MS = 1_000;

/** That somebody is being erased, or why not. `subject`: the id that stands for them in the job. */
export function Erasing({ subject }: { subject: string }) {
  const { data } = useAnswer(ErasuresDocument, {}, { refetchInterval: ASKED_EVERY_MS });
  const job = data?.jobs.edges.map(({ node }) => node).find((one) => one.target?.id === subject);
  const link = (
    <AnchorLink to="/settings/jobs" search={{ open: job?.id }}>
      the job
    </AnchorLink>
  );
  if (job?.status === "FAILED" || job?.status === "PAUSED" || job?.status === "CANCELED") {
    return (
      <Alert color="red" role="alert" title={STOPPED[job.status]} mb="md" variant="light">
        {job.message} Some of what is held of them may be gone already. See {link}
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

const STOPPED = {
  FAILED: "Their erasure failed",
  PAUSED: "Their erasure is paused",
  CANCELED: "Their erasure was canceled",
};
