import { Button, Group, Skeleton, Table, Text } from "@mantine/core";
import { Link, type LinkProps } from "@tanstack/react-router";
import type { ReactNode } from "react";

import classes from "./DataTable.module.css";
import { Failure } from "./Failure.tsx";
import { counted } from "./words.ts";

export type Column<Row> = {
  name: string;
  /** What the column has says by itself what it is, such as a button: the name is only read out. */
  isPlain?: boolean;
  /** What stands in the row's cell. */
  of: (row: Row) => ReactNode;
  /** Left out on a narrow screen. */
  wide?: boolean;
  /** On a phone, where a row is a card and has no head, the name stands before what is in the cell. */
  isNamed?: boolean;
  /** On a phone it takes a line of its own. */
  isLong?: boolean;
  width?: number | string;
  align?: "left" | "right";
};

type Props<Row> = {
  label: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  keyOf: (row: Row) => string;
  /** Where a row leads: its first cell is the link, and a click anywhere in the row follows it. */
  to?: (row: Row) => LinkProps;
  isSelected?: (row: Row) => boolean;
  isPending: boolean;
  error: Error | null;
  /** What stands in place of no rows. */
  empty: ReactNode;
  /** How many there are; null where they are too many to be counted, left out where that is not known. */
  total?: number | null;
  /** Its numbers are read down their columns, on a phone too: rows become no cards there. */
  isNumbers?: boolean;
  hasMore?: boolean;
  isLoadingMore?: boolean;
  more?: () => void;
};

const PLACEHOLDERS = [1, 2, 3, 4, 5, 6];

/** A list as a table, page by page. */
export function DataTable<Row>(props: Props<Row>) {
  const {
    label,
    columns,
    rows,
    keyOf,
    to,
    isSelected,
    isPending,
    error,
    empty,
    total,
    isNumbers = false,
    hasMore,
    isLoadingMore,
    more,
  } = props;
  if (error && rows.length === 0) return <Failure of={error} title="The list could not be read" />;
  if (!isPending && rows.length === 0) return <>{empty}</>;
  return (
    <>
      <Failure of={error} title="The list could not be read anew" />
      <div className={classes.scroll} data-cards={!isNumbers || undefined}>
        <Table
          aria-label={label}
          verticalSpacing={7}
          highlightOnHover={to !== undefined}
          aria-busy={isPending}
        >
          <Table.Thead>
            <Table.Tr>
              {columns.map((column) => (
                <Table.Th
                  key={column.name}
                  w={column.width}
                  ta={column.align}
                  className={column.wide ? classes.wide : undefined}
                >
                  {column.isPlain ? <span className="visually-hidden">{column.name}</span> : column.name}
                </Table.Th>
              ))}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {isPending && rows.length === 0
              ? PLACEHOLDERS.map((one) => (
                  <Table.Tr key={one}>
                    {columns.map((column) => (
                      <Table.Td key={column.name} className={column.wide ? classes.wide : undefined}>
                        <Skeleton height={14} my={3} />
                      </Table.Td>
                    ))}
                  </Table.Tr>
                ))
              : rows.map((row) => (
                  <Table.Tr
                    key={keyOf(row)}
                    data-selected={isSelected?.(row) || undefined}
                    className={to ? classes.row : undefined}
                  >
                    {columns.map((column, index) => (
                      <Table.Td
                        key={column.name}
                        ta={column.align}
                        className={column.wide ? classes.wide : undefined}
                        data-name={column.isNamed ? column.name : undefined}
                        data-align={column.align}
                        data-long={column.isLong || undefined}
                      >
                        {to && index === 0 ? (
                          <Link {...to(row)} className={classes.link}>
                            {column.of(row)}
                          </Link>
                        ) : (
                          column.of(row)
                        )}
                      </Table.Td>
                    ))}
                  </Table.Tr>
                ))}
          </Table.Tbody>
        </Table>
      </div>
      {more && rows.length > 0 && (
        <Group justify="center" mt="sm" gap="md">
          <Text size="sm" c="dimmed" role="status">
            {shownOf(rows.length, total, hasMore)}
          </Text>
          {hasMore && (
            <Button variant="default" size="compact-sm" loading={isLoadingMore} onClick={more}>
              Show more
            </Button>
          )}
        </Group>
      )}
    </>
  );
}

function shownOf(shown: number, total: number | null | undefined, hasMore: boolean | undefined): string {
  if (!hasMore) return `All ${counted(shown)} are shown`;
  if (total === undefined) return `${counted(shown)} are shown`;
  return total === null ? `${counted(shown)} of more than 10,000` : `${counted(shown)} of ${counted(total)}`;
}
