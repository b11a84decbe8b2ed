import { useEffect, useState } from "react";

/** The rows that were on the page when somebody began to read. */
type Held<Row> = { key: string; ids: ReadonlySet<string>; last: Row | undefined };

/** How rows stand in their list: below 0 where the first comes first. */
export type Order<Row> = (one: Row, other: Row) => number;

const holding = <Row extends { id: string }>(rows: readonly Row[], key: string): Held<Row> => ({
  key,
  ids: new Set(rows.map((row) => row.id)),
  last: rows.at(-1),
});

/** How many rows came since the list was asked for; with more than so many it is begun anew. */
type Ahead = { ahead: number; most: number; restart: () => void };

/**
 * Rows that stand still while somebody reads them: what is new waits until it is asked for, `fresh` says how much that
 * is, and `showFresh` lets it in. What is older than all that is there was asked for by "Show more", and comes. `key`
 * says which list it is.
 */
export function useStillRows<Row extends { id: string }>(
  all: readonly Row[],
  order: Order<Row>,
  isReading: boolean,
  key: string,
  { ahead, most, restart }: Ahead,
) {
  const [held, setHeld] = useState<Held<Row> | null>(null);

  // biome-ignore lint/correctness/useExhaustiveDependencies: what is held is what was there when reading began
  useEffect(() => {
    setHeld(isReading ? holding(all, key) : null);
  }, [isReading, key]);

  const isFull = !isReading && ahead > most;
  // biome-ignore lint/correctness/useExhaustiveDependencies: once for each time that it is full
  useEffect(() => {
    if (isFull) restart();
  }, [isFull]);

  const isHeld = isReading && held?.key === key;
  const rows = isHeld
    ? all.filter((row) => held.ids.has(row.id) || held.last === undefined || order(row, held.last) > 0)
    : all;
  return { rows, fresh: all.length - rows.length, showFresh: () => setHeld(holding(all, key)) };
}

/**
 * The rows of a list with what became of them since, and those that came since and belong on the pages that are shown.
 * `isNewer`: whether what happened is later than what the list knew; `passes`: whether a row that came passes the filter.
 */
export function merged<Row extends { id: string }>(
  listed: readonly Row[],
  live: ReadonlyMap<string, Row>,
  {
    order,
    hasMore,
    isNewer,
    passes = () => true,
  }: {
    order: Order<Row>;
    hasMore: boolean;
    isNewer: (row: Row, known: Row) => boolean;
    passes?: (row: Row) => boolean;
  },
): Row[] {
  const rows = new Map(listed.map((row) => [row.id, row]));
  const last = listed.at(-1);
  for (const [id, row] of live) {
    const known = rows.get(id);
    const isWithin = !hasMore || last === undefined || order(row, last) <= 0;
    if (known ? isNewer(row, known) : isWithin && passes(row)) rows.set(id, row);
  }
  return [...rows.values()].sort(order);
}

/** By a time, the newest first, then by id. */
export const newestFirst =
  <Row extends { id: string }>(timeOf: (row: Row) => string): Order<Row> =>
  (one, other) =>
    compared(timeOf(other), timeOf(one)) || compared(other.id, one.id);

const compared = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0);
