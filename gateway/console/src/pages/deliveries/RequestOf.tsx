import { Code, Table, Text } from "@mantine/core";

import { JsonView } from "../../parts/JsonView.tsx";
import { Fold } from "./Fold.tsx";
import { Section } from "./Section.tsx";
import type { Whole } from "./useDelivery.ts";

/** What the provider was asked for the last time. */
export function RequestOf({ delivery: { request } }: { delivery: Whole }) {
  if (!request) return null;
  return (
    <Section title="The request">
      <Text size="sm" style={{ overflowWrap: "anywhere" }}>
        <Code>{request.method}</Code> {request.url}
      </Text>
      <Fold label="What it said">
        {request.json != null ? (
          <JsonView value={request.json} label="The request as JSON" />
        ) : (
          <Table aria-label="The form of the request" verticalSpacing={4}>
            <Table.Tbody>
              {request.form.map(({ name, value }, place) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: a form may have a name twice, and never changes
                <Table.Tr key={place}>
                  <Table.Th scope="row" fw={500} w={150}>
                    {name}
                  </Table.Th>
                  <Table.Td style={{ overflowWrap: "anywhere", whiteSpace: "pre-wrap" }}>{value}</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        )}
      </Fold>
    </Section>
  );
}
