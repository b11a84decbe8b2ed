import { Table } from "@mantine/core";

import { Tag, type Tone } from "../../parts/Tag.tsx";
import { counted } from "../../parts/words.ts";
import classes from "./ConsentImport.module.css";
import type { Outcome } from "./outcome.ts";

type Line = {
  of: keyof Outcome & ("subscribed" | "unsubscribed" | "unchanged" | "older" | "stopped" | "silent" | "bad");
  tone: Tone;
  what: string;
};

const LINES: Line[] = [
  { of: "subscribed", tone: "green", what: "a yes that counts from now on" },
  { of: "unsubscribed", tone: "green", what: "a no that counts from now on" },
  { of: "unchanged", tone: "grey", what: "imported before: nothing to do" },
  { of: "older", tone: "grey", what: "a later word is known, and counts" },
  { of: "stopped", tone: "grey", what: "a yes of somebody whose own stop stands" },
  { of: "silent", tone: "grey", what: "says nothing: nobody was asked, or there is no number" },
  { of: "bad", tone: "red", what: "can't be read: nothing is recorded of it" },
];

const NAMES: Record<Line["tone"] & ("green" | "grey" | "red"), [string, string]> = {
  green: ["Would be recorded", "Recorded"],
  grey: ["Unchanged", "Unchanged"],
  red: ["Refused", "Refused"],
};

/** How many rows come to what. */
export function Counts({ outcome }: { outcome: Outcome }) {
  return (
    <div className={classes.scroll}>
      <Table aria-label="What comes of the rows" className={classes.counts} verticalSpacing={6}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th ta="right" w={64}>
              Rows
            </Table.Th>
            <Table.Th>What comes of them</Table.Th>
            <Table.Th>Why</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {LINES.map(({ of, tone, what }) => (
            <Table.Tr key={of}>
              <Table.Td ta="right">{counted(outcome[of])}</Table.Td>
              <Table.Td>
                <Tag tone={outcome[of] > 0 ? tone : "grey"}>
                  {NAMES[tone as "green" | "grey" | "red"][outcome.dryRun ? 0 : 1]}
                </Tag>
              </Table.Td>
              <Table.Td>{what}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
        <Table.Tfoot>
          <Table.Tr>
            <Table.Th ta="right">{counted(outcome.rows)}</Table.Th>
            <Table.Th colSpan={2}>all rows that were read</Table.Th>
          </Table.Tr>
        </Table.Tfoot>
      </Table>
    </div>
  );
}
