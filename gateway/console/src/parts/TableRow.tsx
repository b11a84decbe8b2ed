import { Link, type LinkProps } from "@tanstack/react-router";
import { memo, type ReactNode } from "react";

import classes from "./DataTable.module.css";

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
  row: Row;
  columns: readonly Column<Row>[];
  to?: (row: Row) => LinkProps;
  isSelected?: boolean;
};

function Drawn<Row>({ row, columns, to, isSelected }: Props<Row>) {
  return (
    <tr data-selected={isSelected || undefined} className={to && classes.row}>
      {columns.map((column, index) => (
        <td
          key={column.name}
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
        </td>
      ))}
    </tr>
  );
}

/** A row of a list. It is drawn again when it, its columns or where it leads are others: hundreds of them stand behind a panel that opens. */
export const TableRow = memo(Drawn) as typeof Drawn;
