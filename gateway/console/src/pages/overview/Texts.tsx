import { SegmentedControl, Skeleton, Switch, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { getRouteApi } from "@tanstack/react-router";
import { Suspense, useMemo } from "react";
import { useAnswer } from "../../api/queries.ts";
import { Failure } from "../../parts/Failure.tsx";
import { lazily } from "../../parts/lazily.tsx";
import { Panel } from "../../parts/Panel.tsx";
import { BigNumbers } from "./BigNumbers.tsx";
import { nothingInWords, perSlot, total } from "./counts.ts";
import { type Days, datesOf, PERIOD_WORDS, PERIODS } from "./days.ts";
import { CountsDocument } from "./overview.graphql.ts";
import { SERIES } from "./series.ts";
import classes from "./Texts.module.css";

// The library that draws comes after all that can be read.
const Chart = lazily(() => import("./Chart.tsx"));
const SeriesTable = lazily(() => import("./SeriesTable.tsx"));

export const COUNTED_EVERY_MS = 10_000;

const route = getRouteApi("/");

/** How many texts of those days there were of what: as numbers, and over time as bars or as a table. */
export function Texts({ days }: { days: Days }) {
  const { data, error, isPending, isPlaceholderData } = useAnswer(
    CountsDocument,
    { range: days.range, bucket: days.bucket },
    { refetchInterval: COUNTED_EVERY_MS },
  );
  const [asTable, { toggle }] = useDisclosure(false);
  const points = data?.stats.points;
  const counts = useMemo(() => perSlot(points ?? [], days.slots), [points, days.slots]);
  // What was counted of other days is never shown as if it were of these.
  const isOther = isPending || isPlaceholderData;
  const nothing = nothingInWords(total(counts), days.name === "today");

  return (
    <Panel
      title="Texts"
      beside={
        <Text size="sm" c="dimmed">
          {datesOf(days)}
        </Text>
      }
      actions={<PeriodControl />}
    >
      <Failure of={error} title="The numbers could not be read anew" />
      <BigNumbers counts={isOther ? null : total(counts)} range={days.range} />
      <div className={classes.chart}>
        <ul className={classes.legend} aria-label="Colours">
          {SERIES.map(({ key, name }) => (
            <li key={key}>
              <span className={classes.swatch} style={{ background: `var(--chart-${key})` }} />
              {name}
            </li>
          ))}
          <li style={{ marginLeft: "auto" }}>
            <Switch size="xs" label="As a table" checked={asTable} onChange={toggle} />
          </li>
        </ul>
        {asTable ? (
          <Suspense fallback={<Skeleton height={260} mt={10} />}>
            <SeriesTable days={days} counts={isOther ? null : counts} />
          </Suspense>
        ) : (
          <div className={classes.canvas}>
            <Suspense fallback={<Skeleton height="100%" />}>
              {isOther ? <Skeleton height="100%" /> : <Chart days={days} counts={counts} />}
            </Suspense>
            {!isOther && nothing && (
              <Text component="div" className={classes.nothing}>
                {nothing}
              </Text>
            )}
          </div>
        )}
      </div>
    </Panel>
  );
}

/** Which days are counted. */
function PeriodControl() {
  const navigate = route.useNavigate();
  const { period = "today" } = route.useSearch();
  return (
    <SegmentedControl
      aria-label="Period"
      size="sm"
      transitionDuration={0}
      data={PERIODS.map((value) => ({ value, label: PERIOD_WORDS[value] }))}
      value={period}
      onChange={(chosen) => void navigate({ search: { period: chosen }, replace: true })}
    />
  );
}
