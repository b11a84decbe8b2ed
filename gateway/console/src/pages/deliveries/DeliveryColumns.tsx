import { Group, Text } from "@mantine/core";

import type { Column } from "../../parts/DataTable.tsx";
import { DeliveryTag, TestTag } from "../../parts/StatusTags.tsx";
import { When } from "../../parts/When.tsx";
import { channelInWords, reasonInWords, spelled } from "../../parts/words.ts";
import classes from "./Filters.module.css";
import type { Row } from "./rows.ts";

const quiet = (text: string | null | undefined) => (
  <Text size="sm" c="dimmed" component="span">
    {text || "–"}
  </Text>
);

/** Whom it is to: the number, or that nobody was found. */
export function Recipient({ of: { recipient, country } }: { of: Pick<Row, "recipient" | "country"> }) {
  if (!recipient) return <span>Nobody found</span>;
  return (
    <Text size="sm" ff="monospace" component="span" style={{ whiteSpace: "nowrap" }}>
      {recipient}
      {country && (
        <Text size="xs" c="dimmed" component="span" ml={6}>
          {country}
        </Text>
      )}
    </Text>
  );
}

export const COLUMNS: readonly Column<Row>[] = [
  {
    name: "To",
    of: (row) => (
      <>
        <Recipient of={row} />
        <Text size="xs" c="dimmed" className={classes.narrow}>
          <When at={row.createdAt} />
        </Text>
      </>
    ),
    width: 168,
  },
  {
    name: "Status",
    width: 236,
    of: (row) => (
      <Group gap={6}>
        <DeliveryTag status={row.status} messageStatus={row.messageStatus} />
        {row.test && <TestTag />}
        {row.reason && (
          <Text size="sm" component="span" title={reasonInWords(row.reason)}>
            {spelled(row.reason)}
          </Text>
        )}
        {row.errorCode && (
          <Text size="sm" component="span" ff="monospace">
            {row.errorCode}
          </Text>
        )}
      </Group>
    ),
  },
  { name: "Mapping", isLong: true, of: (row) => row.mapping?.name ?? quiet("None known") },
  { name: "Channel", of: (row) => quiet(row.channel && channelInWords(row.channel)), wide: true, width: 86 },
  {
    name: "From",
    of: (row) => (
      <Text size="sm" c="dimmed" ff="monospace" component="span">
        {row.sender?.replace(/^\w+:/, "") ?? "–"}
      </Text>
    ),
    wide: true,
  },
  { name: "Account", of: (row) => quiet(row.destination.name), wide: true },
  {
    name: "When",
    of: (row) => (
      <Text size="sm" c="dimmed" component="span" style={{ whiteSpace: "nowrap" }}>
        <When at={row.createdAt} />
      </Text>
    ),
    align: "right",
    wide: true,
  },
];
