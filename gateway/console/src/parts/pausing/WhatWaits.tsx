import { Loader, Stack, Text } from "@mantine/core";

import { useAnswer } from "../../api/queries.ts";
import { useViewer } from "../../shell/viewer.ts";
import { Failure } from "../Failure.tsx";
import { duration } from "../times.ts";
import { several } from "../words.ts";
import { WhatWaitsDocument } from "./pausing.graphql.ts";

/** What becomes of what waits once an account, or everything, goes on. */
export function WhatWaits({ destinationId = null }: { destinationId?: string | null }) {
  const { space } = useViewer();
  const { data, error } = useAnswer(WhatWaitsDocument, { destinationId, space });
  if (error && !data) return <Failure of={error} title="What waits could not be read" />;
  if (!data) return <Loader size="sm" aria-label="Counting what waits" />;
  const { waiting, expiring, oldestSeconds } = data.resumePreview;
  if (waiting === 0) return <Text size="sm">Nothing waits. What comes from now on goes out.</Text>;
  return (
    <Stack gap={6}>
      <Text size="sm">
        <b>{several(waiting - expiring, "text")}</b> will go out, the oldest first, after passing every gate
        anew. The oldest waits for {duration(oldestSeconds)}.
      </Text>
      <Text size="sm">
        <b>{several(expiring, "text")}</b> will have expired: too old for {expiring === 1 ? "its" : "their"}{" "}
        mapping by then, so not sent.
      </Text>
    </Stack>
  );
}
