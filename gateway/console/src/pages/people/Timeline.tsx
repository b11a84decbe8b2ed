import { Button, Group, Skeleton, Text } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { MessageSquareReply, Radio, Send } from "lucide-react";
import type { ReactNode } from "react";

import { Empty } from "../../parts/Empty.tsx";
import { DeliveryTag, OutcomeTag, TestTag } from "../../parts/StatusTags.tsx";
import { Tag } from "../../parts/Tag.tsx";
import { When } from "../../parts/When.tsx";
import { channelInWords, counted, reasonInWords, spelled } from "../../parts/words.ts";
import classes from "./Person.module.css";
import { Unread } from "./Unread.tsx";
import {
  momentOf,
  type PersonDelivery,
  type PersonEvent,
  type PersonMessage,
  useDeliveries,
  useEvents,
  useMerged,
  useMessages,
  useWanted,
} from "./usePersonFeeds.ts";

type Moment = PersonDelivery | PersonEvent | PersonMessage;

const ICONS = { Delivery: Send, Event: Radio, InboundMessage: MessageSquareReply };

/** What they did, what was sent to them or not, and what they wrote: as one, the newest first. */
export function Timeline({ id }: { id: string }) {
  const { wanted, everyMs, wantMore } = useWanted();
  const lists = [useDeliveries(id, everyMs), useEvents(id, everyMs), useMessages(id, everyMs)];
  const { items, hasMore, isPending, isReading, error, retry } = useMerged<Moment>(lists, momentOf, wanted);

  if (isPending) return <Skeleton height={240} aria-busy="true" />;
  if (items.length === 0 && !isReading) {
    if (error) return <Unread error={error} title="The timeline could not be read" retry={retry} />;
    return <Empty title="Nothing happened yet">What they do, get and write will be here.</Empty>;
  }
  return (
    <>
      <Unread error={error} title="Not all could be read" retry={retry} />
      <ol className={classes.timeline} aria-label="Timeline, the newest first">
        {items.map((one) => (
          <Row key={`${one.__typename}-${one.id}`} of={one} />
        ))}
      </ol>
      <Group justify="center" mt="sm" gap="md">
        <Text size="sm" c="dimmed" role="status">
          {hasMore ? `${counted(items.length)} are shown` : `All ${counted(items.length)} are shown`}
        </Text>
        {hasMore && !error && (
          <Button variant="default" size="compact-sm" loading={isReading} onClick={wantMore}>
            Show more
          </Button>
        )}
      </Group>
    </>
  );
}

function Row({ of }: { of: Moment }) {
  const Icon = ICONS[of.__typename];
  return (
    <li className={classes.moment}>
      <span className={classes.icon} data-kind={of.__typename}>
        <Icon size={14} aria-hidden="true" />
      </span>
      <div style={{ minWidth: 0 }}>
        {of.__typename === "Delivery" && <Sent of={of} />}
        {of.__typename === "Event" && <Did of={of} />}
        {of.__typename === "InboundMessage" && <Wrote of={of} />}
      </div>
      <span className={classes.at}>
        <When at={momentOf(of)} />
      </span>
    </li>
  );
}

function What({ children }: { children: ReactNode }) {
  return <div className={classes.what}>{children}</div>;
}

function Sent({ of }: { of: PersonDelivery }) {
  return (
    <>
      <What>
        <Link to="/deliveries/$id" params={{ id: of.id }} className={classes.link}>
          {of.mapping?.name ?? "A text"}
        </Link>
        {of.channel && (
          <Text size="sm" c="dimmed">
            {channelInWords(of.channel)}
          </Text>
        )}
        <DeliveryTag status={of.status} messageStatus={of.messageStatus} />
        {of.test && <TestTag />}
        {of.reason && (
          <Text size="sm" title={reasonInWords(of.reason)}>
            {spelled(of.reason)}
          </Text>
        )}
      </What>
      {of.text && <p className={classes.words}>{of.text}</p>}
    </>
  );
}

function Did({ of }: { of: PersonEvent }) {
  return (
    <>
      <What>
        <Link to="/events/$id" params={{ id: of.id }} className={classes.link}>
          {of.name ?? spelled(of.type)}
        </Link>
        <Text size="sm" c="dimmed">
          {of.name ? `${of.type} from ` : "from "}
          {of.source.name}
        </Text>
        {of.outcome !== "MATCHED" && <OutcomeTag outcome={of.outcome} />}
      </What>
      {of.outcome === "INVALID" && of.problemMessage && <p className={classes.words}>{of.problemMessage}</p>}
    </>
  );
}

function Wrote({ of }: { of: PersonMessage }) {
  return (
    <>
      <What>
        <strong>They wrote</strong>
        <Text size="sm" c="dimmed">
          {channelInWords(of.channel)} to {of.to}
        </Text>
        {of.keyword && <Tag tone="blue">{of.keyword}</Tag>}
        {of.button && <Tag tone="grey">Pressed {of.button}</Tag>}
        {of.needsReview && (
          <Link to="/inbox" search={{ needsReview: true }}>
            <Tag tone="amber">Wants a look</Tag>
          </Link>
        )}
        {of.answer && <Tag tone="grey">{of.answer === "STOP" ? "Taken for a stop" : "Not a stop"}</Tag>}
      </What>
      {of.body && <p className={classes.words}>{of.body}</p>}
    </>
  );
}
