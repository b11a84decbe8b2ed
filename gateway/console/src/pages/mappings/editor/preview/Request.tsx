import { Code, Table, Text } from "@mantine/core";

import { JsonView } from "../../../../parts/JsonView.tsx";
import classes from "./Preview.module.css";
import type { Previewed } from "./usePreview.ts";

/** The request that the provider would get; its credentials are never shown. */
export function Request({ request }: { request: Previewed["request"] | null }) {
  if (!request) {
    return (
      <Text size="sm" c="dimmed">
        No request can be made of this.
      </Text>
    );
  }
  const { method, url, form, json } = request;
  return (
    <>
      <Code block className={classes.url}>
        {method} {url}
      </Code>
      {form.length > 0 && (
        <Table aria-label="The form that is sent" verticalSpacing={5} mt="xs">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Name</Table.Th>
              <Table.Th>Value</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {form.map(({ name, value }) => (
              <Table.Tr key={`${name} ${value}`}>
                <Table.Td className={classes.name}>{name}</Table.Td>
                <Table.Td className={classes.value}>{value}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      )}
      {json != null && <JsonView value={json} label="The JSON that is sent" />}
    </>
  );
}
