import { Button, Group, Skeleton, Text } from "@mantine/core";
import type { LinkProps } from "@tanstack/react-router";
import type { ReactNode } from "react";

import classes from "./DataTable.module.css";
import { Failure } from "./Failure.tsx";
import { type Column, TableRow } from "./TableRow.tsx";
import { counted } from "./words.ts";

export type { Column };

type Props<Row> = {
  label: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  /** `place`: where it stands in the list, for rows that masks make alike. */
  keyOf: (row: Row, place: number) => string;
  /** Where a row leads: its first cell is the link, and a click anywhere in the row follows it. */
  to?: (row: Row) => LinkProps;
  isSelected?: (row: Row) => boolean;
  isPending: boolean;
  /** Whether the rows are those of what was asked before, and stand until the answer comes. */
  isStale?: boolean;
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
    isStale = false,
    error,
    empty,
    total,
    isNumbers = false,
    hasMore,
    isLoadingMore,
    more,
  } = props;
  if (error && rows.length === 0) return <Failure of={error} title="The list could not be read" />;
  const isAwaited = isPending || isStale;
  if (!isAwaited && rows.length === 0) return <>{empty}</>;
  return (
    <>
      <Failure of={error} title="The list could not be read anew" />
      <div className={classes.scroll} data-cards={!isNumbers || undefined} data-stale={isStale || undefined}>
        <table className={classes.table} aria-label={label} aria-busy={isAwaited}>
          <thead>
            <tr>
              {columns.map(({ name, width, align, wide, isPlain }) => (
                <th
                  key={name}
                  style={width === undefined ? undefined : { width }}
                  data-align={align}
                  className={wide ? classes.wide : undefined}
                >
                  {isPlain ? <span className="visually-hidden">{name}</span> : name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.length === 0
              ? PLACEHOLDERS.map((one) => (
                  <tr key={one}>
                    {columns.map(({ name, wide }) => (
                      <td key={name} className={wide ? classes.wide : undefined}>
                        <Skeleton height={14} my={3} />
                      </td>
                    ))}
                  </tr>
                ))
              : rows.map((row, place) => (
                  <TableRow
                    key={keyOf(row, place)}
                    row={row}
                    columns={columns}
                    to={to}
                    isSelected={isSelected?.(row)}
                  />
                ))}
          </tbody>
        </table>
      </div>
      {more && !isAwaited && (
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
