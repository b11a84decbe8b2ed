import { Table, Title } from "@mantine/core";
import { useId } from "react";

import { type Item, isMade, isQuestion } from "./items.ts";
import classes from "./PlanTables.module.css";

/** The plan: what becomes what, what differs, and what is lost. */
export function PlanTables({ items }: { items: readonly Item[] }) {
  const becoming = items.filter((item) => item.becomes != null && !isQuestion(item));
  const differing = items.filter((item) => item.difference && !item.lost && !isQuestion(item));
  const lost = items.filter((item) => item.lost);
  return (
    <>
      <Part
        title="What becomes what"
        heads={["At Segment", "Here"]}
        rows={[...becoming].sort((one, other) => Number(isMade(other)) - Number(isMade(one)))}
        cell={(item) => item.becomes}
      />
      <Part
        title="What differs, or is to be known"
        heads={["What", "How"]}
        rows={differing}
        cell={(item) => item.difference}
      />
      <Part title="What is lost" heads={["What", "Why"]} rows={lost} cell={(item) => item.difference} />
    </>
  );
}

type PartProps = {
  title: string;
  heads: [string, string];
  rows: readonly Item[];
  cell: (item: Item) => string | null | undefined;
};

function Part({ title, heads, rows, cell }: PartProps) {
  const id = useId();
  if (rows.length === 0) return null;
  return (
    <section aria-labelledby={id}>
      <Title order={2} size="h4" id={id} mt="lg" mb="xs">
        {title}
      </Title>
      <Table aria-label={title} verticalSpacing={6} layout="fixed">
        <Table.Thead>
          <Table.Tr>
            <Table.Th w="32%">{heads[0]}</Table.Th>
            <Table.Th>{heads[1]}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map((item, index) => (
            <Table.Tr key={`${item.from} ${cell(item)}`}>
              <Table.Td className={classes.cell}>
                {rows[index - 1]?.from === item.from ? (
                  <span className="visually-hidden">{item.from}</span>
                ) : (
                  item.from
                )}
              </Table.Td>
              <Table.Td className={classes.cell}>{cell(item)}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </section>
  );
}
