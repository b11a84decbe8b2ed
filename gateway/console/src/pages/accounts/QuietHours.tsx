import { Anchor, Table, Text } from "@mantine/core";

import type { PolicyFragment } from "./account.graphql.ts";
import classes from "./Policy.module.css";

const DAYS = ["", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

/** What the laws of countries add to an account's own quiet hours. */
export function QuietHours({ hours }: { hours: PolicyFragment["quietHours"] }) {
  if (hours.length === 0)
    return (
      <Text size="sm" c="dimmed" mt="md">
        No hours are quiet: marketing goes out at any hour, whatever the laws of countries say.
      </Text>
    );
  return (
    <>
      <Text size="sm" c="dimmed" mt="md" mb="xs">
        Where the law asks for more, that holds. Of all that hold for a number the strictest counts.
      </Text>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls is scrolled by keyboard too */}
      <section className={classes.scroll} tabIndex={0} aria-label="Quiet hours by law">
        <Table aria-label="Hours by country" verticalSpacing={5}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Country</Table.Th>
              <Table.Th>Quiet</Table.Th>
              <Table.Th>Days</Table.Th>
              <Table.Th>Where the law is found</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {hours.map(({ country, region, start, end, days, source }) => (
              <Table.Tr key={`${country}-${region}-${days.join()}-${start}`}>
                <Table.Td>{region ? `${country}-${region}` : country}</Table.Td>
                <Table.Td>{start === end ? "all day" : `${start} to ${end}`}</Table.Td>
                <Table.Td>
                  {days.length === 7 ? "every day" : days.map((day) => DAYS[day]).join(", ")}
                </Table.Td>
                <Table.Td>
                  {source.startsWith("https://") ? (
                    <Anchor href={source} target="_blank" rel="noreferrer" size="sm">
                      {new URL(source).hostname}
                    </Anchor>
                  ) : (
                    source
                  )}
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </section>
    </>
  );
}
