import { Button, Group, Skeleton } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useLayoutEffect, useRef } from "react";

import { Empty } from "../../parts/Empty.tsx";
import { PhoneText } from "../../parts/PhoneText.tsx";
import { When } from "../../parts/When.tsx";
import { channelInWords, several, spelled } from "../../parts/words.ts";
import classes from "./Person.module.css";
import { Unread } from "./Unread.tsx";
import {
  momentOf,
  type PersonDelivery,
  type PersonMessage,
  useDeliveries,
  useMerged,
  useMessages,
  useWanted,
} from "./usePersonFeeds.ts";

type Line = PersonDelivery | PersonMessage;

/** Only what may have come to the phone is there. */
const isOnPhone = (one: Line): boolean =>
  one.__typename === "InboundMessage" || one.status === "ACCEPTED" || one.status === "UNCERTAIN";

/** What we sent and what they wrote, the oldest first, as the phone has it. */
export function Conversation({ id }: { id: string }) {
  const { wanted, everyMs, wantMore } = useWanted();
  const lists = [useDeliveries(id, everyMs), useMessages(id, everyMs)];
  const { items, looked, hasMore, isPending, isReading, error, retry } = useMerged<Line>(
    lists,
    momentOf,
    wanted,
    isOnPhone,
  );
  const box = useStayAtEnd(items.length);

  if (isPending) return <Skeleton height={240} aria-busy="true" />;
  if (items.length === 0 && !isReading) {
    if (error) return <Unread error={error} title="The conversation could not be read" retry={retry} />;
    return hasMore ? (
      <Empty
        title={`Nothing was said in the last ${several(looked, "delivery", "deliveries")}`}
        action={
          <Button variant="default" onClick={wantMore}>
            Look further
          </Button>
        }
      >
        None of them came to the phone, and they wrote nothing since the first.
      </Empty>
    ) : (
      <Empty title="Nothing was said yet">What we send and what they write will be here.</Empty>
    );
  }
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what is scrolled is scrolled by keyboard too
    <section ref={box} className={classes.phone} tabIndex={0} aria-label="Conversation">
      <Unread error={error} title="Not all could be read" retry={retry} />
      {hasMore && !error && (
        <Group justify="center" mb="xs">
          <Button variant="default" size="compact-sm" loading={isReading} onClick={wantMore}>
            Show earlier
          </Button>
        </Group>
      )}
      {[...items]
        .reverse()
        .map((one) =>
          one.__typename === "Delivery" ? <Ours key={one.id} of={one} /> : <Theirs key={one.id} of={one} />,
        )}
    </section>
  );
}

/** A box that begins at its end, and keeps its place there when earlier lines come in above. */
function useStayAtEnd(lines: number) {
  const box = useRef<HTMLElement>(null);
  const fromEnd = useRef(0);

  // biome-ignore lint/correctness/useExhaustiveDependencies: what is in it has grown
  useLayoutEffect(() => {
    const element = box.current;
    if (!element) return;
    element.scrollTop = element.scrollHeight - fromEnd.current - element.clientHeight;
    const keep = () => {
      fromEnd.current = element.scrollHeight - element.scrollTop - element.clientHeight;
    };
    element.addEventListener("scroll", keep, { passive: true });
    return () => element.removeEventListener("scroll", keep);
  }, [lines]);

  return box;
}

function Ours({ of }: { of: PersonDelivery }) {
  return (
    <PhoneText
      text={of.text ?? null}
      media={of.media}
      buttons={of.buttons.map((button) => button.title)}
      channel={of.channel}
      below={
        <>
          {of.mapping && `${of.mapping.name} · `}
          <When at={of.createdAt} /> · {of.channel && `${channelInWords(of.channel)} · `}
          <Link to="/deliveries/$id" params={{ id: of.id }} className={classes.link}>
            {spelled(of.messageStatus ?? of.status)}
          </Link>
        </>
      }
    />
  );
}

function Theirs({ of }: { of: PersonMessage }) {
  return (
    <PhoneText
      from="person"
      text={of.body ?? null}
      media={of.mediaUrls}
      channel={of.channel}
      below={
        <>
          <When at={of.receivedAt} /> · {channelInWords(of.channel)}
          {of.keyword && ` · ${of.keyword}`}
        </>
      }
    />
  );
}
