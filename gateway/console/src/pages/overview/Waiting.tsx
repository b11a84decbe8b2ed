import { Group, Text } from "@mantine/core";

import { useAnswer } from "../../api/queries.ts";
import { type Column, DataTable } from "../../parts/DataTable.tsx";
import { Panel } from "../../parts/Panel.tsx";
import { Tag } from "../../parts/Tag.tsx";
import { duration } from "../../parts/times.ts";
import { counted, isMasked } from "../../parts/words.ts";
import { toDeliveries, UNSETTLED } from "./leads.ts";
import { WaitingDocument, type WaitingQuery } from "./overview.graphql.ts";
import { COUNTED_EVERY_MS } from "./Texts.tsx";

type Queue = WaitingQuery["queues"][number];

const COLUMNS: Column<Queue>[] = [
  { name: "Sender", of: whose },
  { name: "In line", align: "right", of: ({ waiting }) => counted(waiting) },
  { name: "Held", align: "right", of: ({ held }) => counted(held) },
  { name: "Oldest", align: "right", of: ({ oldestSeconds }) => duration(oldestSeconds) },
  { name: "Goes out in", align: "right", wide: true, of: estimate },
];

function whose({ sender, destination, paused, buried }: Queue) {
  return (
    <>
      <Group gap="4px 8px">
        <span>{sender ?? "No sender chosen yet"}</span>
        {paused && <Tag tone="amber">Paused</Tag>}
        {buried > 0 && (
          <Tag
            tone="red"
            title="The gateway gave them up after failures of its own. Its log has the causes; replay them once those are mended."
          >
            {counted(buried)} given up
          </Tag>
        )}
      </Group>
      <Text size="xs" c="dimmed">
        {destination.name}
      </Text>
    </>
  );
}

function estimate({ estimatedWaitSeconds }: Queue) {
  return estimatedWaitSeconds == null ? "–" : `about ${duration(estimatedWaitSeconds)}`;
}

/** What waits for each sender, and for how long. */
export function Waiting() {
  const { data, error, isPending } = useAnswer(WaitingDocument, {}, { refetchInterval: COUNTED_EVERY_MS });
  return (
    <Panel title="What waits">
      <DataTable
        isNumbers
        label="What waits for each sender"
        columns={COLUMNS}
        rows={data?.queues ?? []}
        keyOf={({ destination, sender }, place) =>
          `${destination.id} ${sender && isMasked(sender) ? place : sender}`
        }
        to={({ destination, sender }) =>
          toDeliveries({
            destinationId: destination.id,
            status: UNSETTLED,
            ...(sender && !isMasked(sender) && { sender }),
          })
        }
        isPending={isPending}
        error={error}
        empty={
          <Text size="sm" c="dimmed">
            Nothing waits.
          </Text>
        }
      />
    </Panel>
  );
}
