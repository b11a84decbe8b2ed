import { Skeleton, Table } from "@mantine/core";
import { Link } from "@tanstack/react-router";

import { counted } from "../../parts/words.ts";
import type { Counts } from "./counts.ts";
import { type Days, slotName } from "./days.ts";
import { toDeliveries } from "./leads.ts";
import classes from "./Texts.module.css";

const COLUMNS: { key: keyof Counts; name: string }[] = [
  { key: "sent", name: "Sent" },
  { key: "delivered", name: "Delivered" },
  { key: "failed", name: "Failed" },
  { key: "suppressed", name: "Suppressed" },
  { key: "canceled", name: "Canceled" },
  { key: "waiting", name: "Waiting" },
];

/** The bars as a table: a row for each, which leads to its deliveries. */
export default function SeriesTable({ days, counts }: { days: Days; counts: readonly Counts[] | null }) {
  if (counts === null) return <Skeleton height={260} mt={10} />;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what is scrolled is scrolled by keyboard too
    <section className={classes.table} tabIndex={0} aria-label={`Texts by ${days.step}`}>
      <Table verticalSpacing={4} stickyHeader aria-label={`Texts by ${days.step}`}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{days.step === "hour" ? "Hour" : "Day"}</Table.Th>
            {COLUMNS.map(({ key, name }) => (
              <Table.Th key={key} ta="right">
                {name}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {days.slots.map((slot, index) => (
            <Table.Tr key={slot.from}>
              <Table.Th scope="row" fw={500}>
                <Link {...toDeliveries(slot)}>{slotName(slot, days.step)}</Link>
              </Table.Th>
              {COLUMNS.map(({ key }) => (
                <Table.Td key={key} ta="right" style={{ fontVariantNumeric: "tabular-nums" }}>
                  {counted(counts[index]?.[key] ?? 0)}
                </Table.Td>
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </section>
  );
}
