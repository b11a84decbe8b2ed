import { PERIODS, type PeriodName } from "./days.ts";

/** What the address of the overview says: which days it counts. */
export type OverviewSearch = { period?: PeriodName };

export function overviewSearch({ period }: Record<string, unknown>): OverviewSearch {
  const known = PERIODS.find((one) => one === period);
  return known && known !== "today" ? { period: known } : {};
}
