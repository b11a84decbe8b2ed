import type { DeliveryRowFragment } from "./deliveries.graphql.ts";
import type { DeliverySearch } from "./search.ts";
import type { LiveRows } from "./useTail.ts";

export type Row = DeliveryRowFragment;

/** The rows that were on the page when somebody began to read: what else comes stays away until it is asked for. */
export type Held = { ids: ReadonlySet<string>; last: Row | undefined };

export const holding = (rows: readonly Row[]): Held => ({
  ids: new Set(rows.map((row) => row.id)),
  last: rows.at(-1),
});

/** Those that stay on the page: what is older than all of it was asked for by "Show more". */
export function heldBack(rows: readonly Row[], { ids, last }: Held): Row[] {
  return rows.filter((row) => ids.has(row.id) || last === undefined || byAge(row, last) > 0);
}

/** The rows of the list with what became of them since, and those that came since, the newest first. */
export function merged(
  listed: readonly Row[],
  live: LiveRows,
  search: DeliverySearch,
  hasMore: boolean,
): Row[] {
  const rows = new Map(listed.map((row) => [row.id, row]));
  const last = listed.at(-1);
  for (const [id, row] of live) {
    const known = rows.get(id);
    const isWithin = !hasMore || last === undefined || byAge(row, last) <= 0;
    if (known ? row.updatedAt >= known.updatedAt : isWithin && passes(row, search)) rows.set(id, row);
  }
  return [...rows.values()].sort(byAge);
}

const byAge = (one: Row, other: Row): number =>
  compared(other.createdAt, one.createdAt) || compared(other.id, one.id);

const compared = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0);

/** Whether it passes what of the filter can change, by which what happens is not filtered: a row is followed when it passes no more. */
function passes(row: Row, { status, messageStatus, reason, channel, errorCode }: DeliverySearch): boolean {
  return (
    (!status || status.includes(row.status)) &&
    (!messageStatus || (row.messageStatus != null && messageStatus.includes(row.messageStatus))) &&
    (!reason || (row.reason != null && reason.includes(row.reason))) &&
    (!channel || (row.channel != null && channel.includes(row.channel))) &&
    (!errorCode || row.errorCode === errorCode)
  );
}
