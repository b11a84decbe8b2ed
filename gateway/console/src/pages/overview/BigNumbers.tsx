import { Skeleton } from "@mantine/core";
import { Link, type LinkProps } from "@tanstack/react-router";
import { Fragment, type ReactNode } from "react";

import type { TimeRangeInput } from "../../api/schema.ts";
import { counted, several } from "../../parts/words.ts";
import type { Counts } from "./counts.ts";
import { ARRIVED, LOST, toDeliveries, toEvents, UNSETTLED } from "./leads.ts";
import classes from "./Overview.module.css";

type Part = { text: string; to: LinkProps };

/** The numbers of a span, each a link to what it counts; null while they are not known. */
export function BigNumbers({ counts, range }: { counts: Counts | null; range: TimeRangeInput }) {
  const of = (asked: Parameters<typeof toDeliveries>[0]) => toDeliveries({ ...asked, ...range });
  const share = counts && counts.sent > 0 ? Math.round((100 * counts.delivered) / counts.sent) : null;
  const lost: Part[] = [
    { count: counts?.undelivered, text: "not delivered", to: of({ messageStatus: LOST }) },
    { count: counts?.rejected, text: "refused", to: of({ status: ["REJECTED"] }) },
    { count: counts?.expired, text: "too old", to: of({ status: ["EXPIRED"] }) },
  ].flatMap(({ count = 0, text, to }) => (count > 0 ? [{ text: `${counted(count)} ${text}`, to }] : []));

  return (
    <dl className={classes.numbers} aria-busy={counts === null}>
      <BigNumber
        name="Sent"
        count={counts?.sent}
        to={of({ status: ["ACCEPTED"] })}
        note={
          counts && (
            <>
              of <Link {...toEvents(range)}>{several(counts.events, "event")}</Link>
            </>
          )
        }
      />
      <BigNumber
        name="Delivered"
        count={counts?.delivered}
        to={of({ messageStatus: ARRIVED })}
        note={share !== null && `${share} % of them`}
      />
      <BigNumber
        name="Failed"
        count={counts?.failed}
        to={lost.length === 1 ? lost[0]?.to : undefined}
        note={lost.map(({ text, to }, index) => (
          <Fragment key={text}>
            {index > 0 && ", "}
            <Link {...to}>{text}</Link>
          </Fragment>
        ))}
      />
      <BigNumber
        name="Suppressed"
        count={counts?.suppressed}
        to={of({ status: ["SUPPRESSED"] })}
        note={
          (counts?.canceled ?? 0) > 0 ? (
            <>
              and <Link {...of({ status: ["CANCELED"] })}>{counted(counts?.canceled ?? 0)} canceled</Link>
            </>
          ) : (
            (counts?.suppressed ?? 0) > 0 && <a href="#why-not">not sent on purpose</a>
          )
        }
      />
      <BigNumber name="Waiting" count={counts?.waiting} to={of({ status: UNSETTLED })} />
    </dl>
  );
}

type NumberProps = { name: string; count: number | undefined; to?: LinkProps; note?: ReactNode };

function BigNumber({ name, count, to, note }: NumberProps) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        {count === undefined ? (
          <Skeleton width={64} height={26} my={6} />
        ) : to ? (
          <Link {...to} className={classes.number}>
            {counted(count)}
          </Link>
        ) : (
          <span className={classes.number}>{counted(count)}</span>
        )}
        <div className={classes.note}>{note}</div>
      </dd>
    </div>
  );
}
