import { Skeleton, Text } from "@mantine/core";
import { Link } from "@tanstack/react-router";

import { useAnswer } from "../../api/queries.ts";
import type { Reason } from "../../api/schema.ts";
import { Failure } from "../../parts/Failure.tsx";
import { Panel } from "../../parts/Panel.tsx";
import { counted, reasonInWords, spelled } from "../../parts/words.ts";
import { MOST_REASONS } from "./counts.ts";
import type { Days } from "./days.ts";
import { toDeliveries } from "./leads.ts";
import { CountsByDocument } from "./overview.graphql.ts";
import classes from "./Reasons.module.css";
import { COUNTED_EVERY_MS } from "./Texts.tsx";

/** Why nothing was sent: a bar for each reason, which leads to the deliveries that it stopped. */
export function Reasons({ days: { range } }: { days: Days }) {
  const { data, error, isPending, isPlaceholderData } = useAnswer(
    CountsByDocument,
    { range, by: "REASON", first: MOST_REASONS },
    { refetchInterval: COUNTED_EVERY_MS },
  );
  const rows = (data?.statsBy.edges ?? []).map(({ node }) => node);
  const longest = Math.max(...rows.map(({ point }) => point.matched), 1);
  const isOther = isPending || isPlaceholderData;
  return (
    <Panel id="why-not" title="Why nothing was sent">
      <Failure of={error} title="The reasons could not be read anew" />
      {isOther && <Skeleton height={120} />}
      {!isOther && rows.length === 0 && (
        <Text size="sm" c="dimmed">
          Nothing was stopped.
        </Text>
      )}
      {!isOther && (
        <ul className={classes.bars}>
          {rows.map(({ key, point }) => (
            <li key={key}>
              <Link
                {...toDeliveries({ reason: [key as Reason], ...range })}
                className={classes.bar}
                title={reasonInWords(key as Reason)}
              >
                <span>{spelled(key)}</span>
                <span className={classes.count}>{counted(point.matched)}</span>
                <span className={classes.length} aria-hidden="true">
                  <span style={{ width: `${(100 * point.matched) / longest}%` }} />
                </span>
              </Link>
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}
