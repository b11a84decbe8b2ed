import { useEffect, useState } from "react";

/** More rows than so many that came since the list was asked for are not kept beside it: it is begun anew. */
const MOST_AHEAD = 100;

type Known = { id: string };

/** How rows stand in their list: below 0 where the first comes first. */
export type Order<Row> = (one: Row, other: Row) => number;

/** By a time, the newest first, then by id. */
export const newestFirst =
  <Row extends Known>(timeOf: (row: Row) => string): Order<Row> =>
  (one, other) =>
    compared(timeOf(other), timeOf(one)) || compared(other.id, one.id);

const compared = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0);

/** A list as `useRows` has it. */
type List<Row> = {
  rows: readonly Row[];
  total: number | null;
  hasMore: boolean;
  pageCount: number;
  isPending: boolean;
  isStale: boolean;
  restart: () => void;
};

type How<Row> = {
  /** Which list it is. */
  key: string;
  order: Order<Row>;
  /** Whether what happened to a row is later than what the list knew of it. */
  isNewer: (row: Row, known: Row) => boolean;
  /** Whether a row that came belongs into the list. */
  passes?: (row: Row) => boolean;
  /** Whether somebody reads: has scrolled down, or opened one. */
  isReading: boolean;
};

/**
 * A list and what happens to it, which stands still while somebody reads it. What is new then waits: `fresh` says how
 * much, and `showFresh` lets it in. What is older than all that is there was asked for by "Show more", and comes.
 */
export function useStillRows<Row extends Known>(
  list: List<Row>,
  live: ReadonlyMap<string, Row>,
  { key, isReading, ...how }: How<Row>,
) {
  const all = merged(list, live, how);
  const ahead = all.length - list.rows.length;
  const isStill = (isReading || list.pageCount > 1) && !list.isPending && !list.isStale;
  const [held, setHeld] = useState<Held<Row> | null>(null);

  // biome-ignore lint/correctness/useExhaustiveDependencies: what is held is what was there when reading began
  useEffect(() => {
    setHeld(isStill ? holding(all, key) : null);
  }, [isStill, key]);

  const { restart } = list;
  const isFull = !isStill && ahead > MOST_AHEAD;
  // biome-ignore lint/correctness/useExhaustiveDependencies: once for each time that it is full
  useEffect(() => {
    if (isFull) restart();
  }, [isFull]);

  const rows = isStill && held?.key === key ? heldBack(all, held, how.order) : all;
  return {
    key,
    rows,
    total: list.total === null ? null : list.total + ahead,
    fresh: all.length - rows.length,
    showFresh: () => setHeld(holding(all, key)),
  };
}

/** The rows of the list with what became of them since, and those that came since and belong on the pages that are shown. */
function merged<Row extends Known>(
  { rows: listed, hasMore }: List<Row>,
  live: ReadonlyMap<string, Row>,
  { order, isNewer, passes = () => true }: Pick<How<Row>, "order" | "isNewer" | "passes">,
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

/** The rows that were on the page when somebody began to read. */
type Held<Row> = { key: string; ids: ReadonlySet<string>; last: Row | undefined };

const holding = <Row extends Known>(rows: readonly Row[], key: string): Held<Row> => ({
  key,
  ids: new Set(rows.map((row) => row.id)),
  last: rows.at(-1),
});

/** Those that stay on the page, and what is older than all of them. */
const heldBack = <Row extends Known>(
  rows: readonly Row[],
  { ids, last }: Held<Row>,
  order: Order<Row>,
): Row[] => rows.filter((row) => ids.has(row.id) || last === undefined || order(row, last) > 0);
