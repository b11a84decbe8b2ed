import { Table, Text, Title } from "@mantine/core";

import classes from "./ConsentImport.module.css";
import type { Outcome } from "./outcome.ts";

/** What the file was taken for, and as what each of its columns is read. */
export function HowItIsRead({ outcome }: { outcome: Outcome }) {
  if (outcome.columns.length === 0) return null;
  return (
    <section aria-labelledby="how-it-is-read">
      <Title order={2} size="h4" id="how-it-is-read" mb="xs">
        How it is read
      </Title>
      <Text size="sm">
        As {outcome.export === "plain" ? "a file of your own" : `an export of ${outcome.export}`}:{" "}
        {outcome.why}.{outcome.channel && ` Rows that say no channel are about ${outcome.channel}.`}
      </Text>
      <div className={classes.scroll}>
        <Table aria-label="Columns" verticalSpacing={6} className={classes.counts}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Column</Table.Th>
              <Table.Th>Is read as</Table.Th>
              <Table.Th>For example</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {outcome.columns.map(({ column, reads, example }) => (
              <Table.Tr key={`${column} ${reads}`}>
                <Table.Td>{column}</Table.Td>
                <Table.Td>{reads}</Table.Td>
                <Table.Td>{example}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </div>
      {outcome.leftColumns.length > 0 && (
        <Text size="sm" c="dimmed" mt={6}>
          Columns that nobody reads: {outcome.leftColumns.join(", ")}
        </Text>
      )}
    </section>
  );
}
