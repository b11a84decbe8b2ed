import { Table, Text } from "@mantine/core";

import { Said } from "../../../parts/Said.tsx";
import { When } from "../../../parts/When.tsx";
import { counted } from "../../../parts/words.ts";
import type { SourcePartsFragment } from "./sources.graphql.ts";

/** The requests that were refused, by why, each with what its sender was told. */
export function Refusals({ refusals }: { refusals: SourcePartsFragment["refusals"] }) {
  return (
    <Table aria-label="Refused requests" verticalSpacing={6}>
      <Table.Thead>
        <Table.Tr>
          <Table.Th>Why</Table.Th>
          <Table.Th ta="right">Requests</Table.Th>
          <Table.Th>The last</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {refusals.map((one) => (
          <Table.Tr key={one.code}>
            <Table.Td>
              <Text size="sm">
                <Said of={one.message} />
              </Text>
              <Text size="xs" c="dimmed" ff="monospace">
                {one.code}
              </Text>
            </Table.Td>
            <Table.Td ta="right">{counted(one.count)}</Table.Td>
            <Table.Td style={{ whiteSpace: "nowrap" }}>
              <When at={one.lastAt} />
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}
