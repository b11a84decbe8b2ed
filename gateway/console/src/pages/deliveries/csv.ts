import type { DeliveryExportQuery } from "./export.graphql.ts";

export type Exported = DeliveryExportQuery["deliveries"]["edges"][number]["node"];

type Cell = string | number | null | undefined;

/** The columns, which are those of `heliograph deliveries --csv`, and where a delivery has each. */
const COLUMNS: readonly [string, (one: Exported) => Cell][] = [
  ["id", (one) => one.id],
  ["createdAt", (one) => one.createdAt],
  ["updatedAt", (one) => one.updatedAt],
  ["status", (one) => one.status],
  ["messageStatus", (one) => one.messageStatus],
  ["reason", (one) => one.reason],
  ["channel", (one) => one.channel],
  ["destination", (one) => one.destination.name],
  ["destinationId", (one) => one.destination.id],
  ["mapping", (one) => one.mapping?.name],
  ["mappingId", (one) => one.mapping?.id],
  ["event", (one) => one.event?.name],
  ["eventId", (one) => one.event?.id],
  ["messageId", (one) => one.event?.messageId],
  ["userId", (one) => one.event?.userId],
  ["recipient", (one) => one.recipient],
  ["country", (one) => one.country],
  ["sender", (one) => one.sender],
  ["messageSid", (one) => one.messageSid],
  ["errorCode", (one) => one.errorCode],
  ["errorMessage", (one) => one.errorMessage],
  ["segments", (one) => one.segments],
  ["price", (one) => one.price],
  ["attemptCount", (one) => one.attemptCount],
];

export const header = (): string => line(COLUMNS.map(([name]) => name));

/** A delivery as a line of CSV (RFC 4180). */
export const rowOf = (one: Exported): string => line(COLUMNS.map(([, of]) => plain(String(of(one) ?? ""))));

const line = (cells: readonly string[]): string => `${cells.map(quoted).join(",")}\n`;

const quoted = (cell: string): string => (/[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);

/** What would begin a formula in a spreadsheet gets an apostrophe before it; a number stays as it is, with its sign. */
const plain = (text: string): string =>
  /^[=+\-@\t\r\n]/.test(text) && !/^[+-]?\d+(?:\.\d+)?$/.test(text) ? `'${text}` : text;
