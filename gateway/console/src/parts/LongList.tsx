import type { LinkProps } from "@tanstack/react-router";
import type { ReactNode } from "react";

import { AboveRows } from "./AboveRows.tsx";
import { DataTable } from "./DataTable.tsx";
import { PeriodSelect } from "./PeriodSelect.tsx";
import type { Period } from "./period.ts";
import type { Column } from "./TableRow.tsx";

/** What a list that is live knows: `useRows` with `useStillRows`. */
export type LiveList<Row> = {
  /** Which list it is. */
  key: string;
  rows: readonly Row[];
  /** null where they are too many to be counted. */
  total: number | null;
  /** How many came while somebody reads. */
  fresh: number;
  showFresh: () => void;
  isPending: boolean;
  isStale: boolean;
  error: Error | null;
  hasMore: boolean;
  isLoadingMore: boolean;
  more: () => void;
};

type Props<Row> = {
  label: string;
  /** What so many of them are called. */
  counted: (total: number | null) => string;
  isNarrowed: boolean;
  list: LiveList<Row>;
  columns: readonly Column<Row>[];
  /** Where a row leads, to its panel beside the list. */
  to: (row: Row) => LinkProps;
  open: string | undefined;
  period: Period;
  onPeriod: (period: Period) => void;
  /** Whether it may be any time. */
  isAnyTime: boolean;
  empty: ReactNode;
};

/** A list that is live and may be very long: how many there are, of which period, and the newest rows. */
export function LongList<Row extends { id: string }>({
  label,
  counted,
  isNarrowed,
  list,
  columns,
  to,
  open,
  period,
  onPeriod,
  isAnyTime,
  empty,
}: Props<Row>) {
  const said = counted(list.total);
  const isLooking = list.isPending || list.isStale;
  return (
    <>
      <AboveRows
        of={list.key}
        isLooking={isLooking}
        said={isLooking ? "Looking …" : isNarrowed ? `${said} pass the filters` : said}
        fresh={list.fresh}
        showFresh={list.showFresh}
      >
        <PeriodSelect
          period={period}
          onChange={onPeriod}
          any={isAnyTime}
          size="xs"
          label={null}
          aria-label="Period"
          w={150}
        />
      </AboveRows>
      <DataTable
        label={label}
        columns={columns}
        rows={list.rows}
        keyOf={(row) => row.id}
        to={to}
        isSelected={(row) => row.id === open}
        isPending={list.isPending}
        isStale={list.isStale}
        error={list.error}
        empty={empty}
        total={list.total}
        hasMore={list.hasMore}
        isLoadingMore={list.isLoadingMore}
        more={list.more}
      />
    </>
  );
}
