import { getRouteApi } from "@tanstack/react-router";
import { memo, useDeferredValue, useMemo } from "react";

import { useAnswer } from "../../api/queries.ts";
import { Page } from "../../parts/Page.tsx";
import { useNow } from "../../parts/When.tsx";
import { Accounts } from "./Accounts.tsx";
import { Alerts } from "./Alerts.tsx";
import { Breakdown } from "./Breakdown.tsx";
import { type Days, daysOf } from "./days.ts";
import { FirstSteps } from "./FirstSteps.tsx";
import classes from "./Overview.module.css";
import { FirstStepsDocument } from "./overview.graphql.ts";
import { Reasons } from "./Reasons.tsx";
import { Texts } from "./Texts.tsx";
import { Verdict } from "./Verdict.tsx";
import { Waiting } from "./Waiting.tsx";

const route = getRouteApi("/");
const A_MINUTE_MS = 60_000;
const WATCHED_EVERY_MS = 4_000;

/** Is it working? What is connected, what went out, what did not and why, what waits, and what wants a person. */
export function Overview() {
  // The control shows at once which days were chosen; all that is counted of them follows.
  const period = useDeferredValue(route.useSearch().period ?? "today");
  const today = useNow(A_MINUTE_MS).toDateString();
  const days = useMemo(() => daysOf(period, new Date(today)), [period, today]);
  return <OverviewOf days={days} />;
}

const OverviewOf = memo(function OverviewOf({ days }: { days: Days }) {
  const steps = useAnswer(
    FirstStepsDocument,
    {},
    {
      // Once the first event came, there is nothing to watch for.
      refetchInterval: ({ state }) => (state.data?.events.edges.length ? false : WATCHED_EVERY_MS),
    },
  ).data;

  const begun = !steps || steps.events.edges.length > 0;
  return (
    <Page title="Overview" beside={begun && <Verdict />}>
      {steps && <FirstSteps steps={steps} />}
      <div className={classes.grid} data-begun={begun || undefined}>
        {begun && <Texts days={days} />}
        <div className={classes.rail}>
          <Alerts />
          <Accounts />
          {begun && <Reasons days={days} />}
        </div>
        {begun && (
          <div className={classes.below}>
            <Waiting />
            <Breakdown days={days} />
          </div>
        )}
      </div>
    </Page>
  );
});
