import { Group, Text } from "@mantine/core";

import type { Column } from "../../parts/DataTable.tsx";
import { DeliveryTag, OutcomeTag } from "../../parts/StatusTags.tsx";
import { When } from "../../parts/When.tsx";
import { counted } from "../../parts/words.ts";
import type { Row } from "./useEventRows.ts";

const TAGS = 3;

export const COLUMNS: readonly Column<Row>[] = [
  { name: "Event", of: called },
  { name: "About", of: ({ userId, anonymousId }) => userId ?? anonymousId ?? "Nobody" },
  { name: "What came of it", of: outcome },
  { name: "Source", of: ({ source }) => source.name, wide: true },
  {
    name: "When",
    align: "right",
    of: ({ receivedAt }) => (
      <Text span size="sm" c="dimmed">
        <When at={receivedAt} />
      </Text>
    ),
  },
];

/** What happened; of a call without a name its type. */
export const titleOf = ({ type, name }: { type: string; name?: string | null }): string => name ?? type;

function called({ type, name }: Row) {
  return (
    <>
      {titleOf({ type, name })}
      {name && type !== "track" && (
        <Text span size="xs" c="dimmed" ml={6}>
          {type}
        </Text>
      )}
    </>
  );
}

function outcome({ outcome: became, problem, problemMessage, deliveries }: Row) {
  return (
    <Group gap={6}>
      {deliveries.length === 0 && <OutcomeTag outcome={became} />}
      {deliveries.slice(0, TAGS).map(({ id, status, messageStatus }) => (
        <DeliveryTag key={id} status={status} messageStatus={messageStatus} />
      ))}
      {deliveries.length > TAGS && (
        <Text span size="xs" c="dimmed">
          and {counted(deliveries.length - TAGS)} more
        </Text>
      )}
      {problem && (
        <Text span size="xs" c="dimmed" title={problemMessage ?? undefined}>
          {problem}
        </Text>
      )}
    </Group>
  );
}
