import { Table } from "@mantine/core";

import { JsonView } from "./JsonView.tsx";

type Props = { form: readonly { name: string; value: string }[]; json?: unknown };

/** What a request to the provider says: its form, or its JSON. */
export function RequestBody({ form, json }: Props) {
  if (json != null) return <JsonView value={json} label="The request as JSON" />;
  return (
    <Table aria-label="The form of the request" verticalSpacing={5}>
      <Table.Tbody>
        {form.map(({ name, value }, place) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a form may have a name twice
          <Table.Tr key={place}>
            <Table.Th scope="row" fw={500} w={150} style={{ verticalAlign: "top" }}>
              {name}
            </Table.Th>
            <Table.Td style={{ overflowWrap: "anywhere", whiteSpace: "pre-wrap" }}>{value}</Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}
