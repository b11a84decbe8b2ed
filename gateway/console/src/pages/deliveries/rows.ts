import { newestFirst } from "../../parts/useStillRows.ts";
import type { DeliveryRowFragment } from "./deliveries.graphql.ts";
import type { DeliverySearch } from "./search.ts";

export type Row = DeliveryRowFragment;

export const order = newestFirst<Row>((row) => row.createdAt);

/** Whether what happened to it is as late as what the list knew, or later. */
export const isNewer = (row: Row, known: Row): boolean => row.updatedAt >= known.updatedAt;

/** Whether it passes what of the filter can change, by which what happens is not filtered: a row is followed when it passes no more. */
export function passes(
  row: Row,
  { status, messageStatus, reason, channel, errorCode }: DeliverySearch,
): boolean {
  return (
    (!status || status.includes(row.status)) &&
    (!messageStatus || (row.messageStatus != null && messageStatus.includes(row.messageStatus))) &&
    (!reason || (row.reason != null && reason.includes(row.reason))) &&
    (!channel || (row.channel != null && channel.includes(row.channel))) &&
    (!errorCode || row.errorCode === errorCode)
  );
}
