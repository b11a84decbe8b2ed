import { Group, NativeSelect, Text, Title } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useState } from "react";

import { useRows } from "../../../../api/queries.ts";
import { choiceOf, useMappingNames } from "../../../../parts/choices.ts";
import { type Column, DataTable } from "../../../../parts/DataTable.tsx";
import { Empty } from "../../../../parts/Empty.tsx";
import { DeliveryTag } from "../../../../parts/StatusTags.tsx";
import { When } from "../../../../parts/When.tsx";
import { spelled } from "../../../../parts/words.ts";
import classes from "./Shadow.module.css";
import { ShadowComparisonDocument, type ShadowComparisonQuery } from "./shadow.graphql.ts";

type Row = ShadowComparisonQuery["shadowComparison"]["edges"][number]["node"];
type Delivery = Pick<Row["shadow"], "id" | "status" | "messageStatus" | "reason" | "text">;

/** What a mapping in SHADOW decided on each event, beside what another mapping of the same events did. */
export function Shadow({ mappingId }: { mappingId: string }) {
  const [other, setOther] = useState("");
  const rows = useRows(
    ShadowComparisonDocument,
    { mappingId, otherMappingId: other || null },
    (answer) => answer.shadowComparison,
  );
  const others = useMappingNames().mappings.filter(({ id }) => id !== mappingId);

  const columns: Column<Row>[] = [
    {
      name: "Event",
      of: ({ event }) => (
        <div>
          <Link to="/events/$id" params={{ id: event.id }} className={classes.link}>
            {event.name ?? event.type}
          </Link>
          <Text size="xs" c="dimmed">
            {event.userId} · <When at={event.receivedAt} />
          </Text>
        </div>
      ),
    },
    { name: "This one would have", of: ({ shadow }) => <Decided delivery={shadow} /> },
    ...(other
      ? [
          {
            name: "The other one did",
            of: ({ other: there }: Row) =>
              there ? <Decided delivery={there} /> : <span className={classes.none}>nothing</span>,
          },
        ]
      : []),
  ];

  return (
    <section aria-labelledby="shadow-heading" className={classes.shadow}>
      <Group justify="space-between" align="end" mb="sm">
        <Title order={2} size="h4" id="shadow-heading">
          What it decided in SHADOW
        </Title>
        <NativeSelect
          label="Beside"
          value={other}
          onChange={(event) => setOther(event.currentTarget.value)}
          data={[{ value: "", label: "Nothing" }, ...others.map(choiceOf)]}
        />
      </Group>
      <DataTable
        label="What it decided in SHADOW"
        columns={columns}
        {...rows}
        keyOf={({ shadow }) => shadow.id}
        empty={
          <Empty title="Nothing yet">
            No event of its trigger has come. Each one that does is decided as a live mapping would, recorded
            here, and nothing is sent.
          </Empty>
        }
      />
    </section>
  );
}

function Decided({ delivery: { id, status, messageStatus, reason, text } }: { delivery: Delivery }) {
  return (
    <div className={classes.decided}>
      <Link to="/deliveries/$id" params={{ id }} className={classes.link}>
        <DeliveryTag status={status} messageStatus={messageStatus} />
      </Link>
      {reason && <Text size="xs">{spelled(reason)}</Text>}
      {text && <Text size="sm">{text}</Text>}
    </div>
  );
}
