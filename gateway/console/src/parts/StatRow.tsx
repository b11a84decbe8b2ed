import { Link, type LinkProps } from "@tanstack/react-router";
import type { ReactNode } from "react";

import classes from "./StatRow.module.css";

export type Stat = {
  name: string;
  value: ReactNode;
  /** What it counts, on hover. */
  title?: string;
  /** Where those that it counts are listed. */
  to?: LinkProps;
};

/** A few numbers side by side, each with its name. */
export function StatRow({ stats, label }: { stats: readonly Stat[]; label: string }) {
  return (
    <dl className={classes.row} aria-label={label}>
      {stats.map(({ name, value, title, to }) => (
        <div key={name} className={classes.stat} title={title}>
          <dt className={classes.name}>{name}</dt>
          <dd className={classes.value}>
            {to ? (
              <Link {...to} className={classes.link}>
                {value}
              </Link>
            ) : (
              value
            )}
          </dd>
        </div>
      ))}
    </dl>
  );
}
