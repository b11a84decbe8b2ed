import { Table, Text, Title } from "@mantine/core";

import { counted } from "../../parts/words.ts";
import classes from "./ConsentImport.module.css";
import type { Outcome } from "./outcome.ts";

/** The rows that can't be read, each with its line and why. */
export function Refused({ outcome: { bad, problems } }: { outcome: Outcome }) {
  if (bad === 0) return null;
  return (
    <section aria-labelledby="refused-rows">
      <Title order={2} size="h4" id="refused-rows" mb="xs">
        Refused rows
      </Title>
      <Text size="sm" c="dimmed">
        Mend them in the file and import it again: what was recorded already stays as it is.
      </Text>
      <div className={classes.scroll}>
        <Table aria-label="Refused rows" verticalSpacing={6}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th ta="right" w={80}>
                Line
              </Table.Th>
              <Table.Th w={160}>Column</Table.Th>
              <Table.Th>Why</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {problems.map((one) => (
              <Table.Tr key={`${one.line} ${one.column} ${one.message}`}>
                <Table.Td ta="right">{counted(one.line)}</Table.Td>
                <Table.Td>{one.column}</Table.Td>
                <Table.Td>{one.message}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </div>
      {bad > problems.length && (
        <Text size="sm" c="dimmed" mt={6}>
          and {counted(bad - problems.length)} more
        </Text>
      )}
    </section>
  );
}
