import { askAhead } from "../../api/queries.ts";
import { MOST_OF_BREAKDOWN, MOST_REASONS } from "./counts.ts";
import { daysOf, type PeriodName } from "./days.ts";
import {
  AccountsDocument,
  AlertsDocument,
  CountsByDocument,
  CountsDocument,
  FirstStepsDocument,
  WaitingDocument,
} from "./overview.graphql.ts";

/** Asks what the overview will ask once it is drawn, so that the answers come while the browser still gets there. */
export function askOverviewAhead(period: PeriodName = "today"): void {
  const { range, bucket } = daysOf(period, new Date());
  askAhead(WaitingDocument, {});
  askAhead(CountsByDocument, { range, by: "MAPPING", first: MOST_OF_BREAKDOWN });
  askAhead(CountsDocument, { range, bucket });
  askAhead(FirstStepsDocument, {});
  askAhead(AlertsDocument, {});
  askAhead(AccountsDocument, {});
  askAhead(CountsByDocument, { range, by: "REASON", first: MOST_REASONS });
}
