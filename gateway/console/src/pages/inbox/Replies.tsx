import { Button, Group, Skeleton } from "@mantine/core";
import { useState } from "react";

import { AboveRows } from "../../parts/AboveRows.tsx";
import { Empty } from "../../parts/Empty.tsx";
import { Failure } from "../../parts/Failure.tsx";
import { ButtonLink } from "../../parts/links.tsx";
import { useScrolled } from "../../parts/useScrolled.ts";
import { several } from "../../parts/words.ts";
import classes from "./Inbox.module.css";
import { Reply } from "./Reply.tsx";
import { useReplies } from "./useReplies.ts";

type Props = { needsReview?: boolean; destinationId?: string };

/** Replies, the newest first. What comes while one reads waits behind a button, so that nothing moves. */
export function Replies(asked: Props) {
  const isScrolled = useScrolled();
  const [isWithin, setWithin] = useState(false);
  const { key, list, rows, total, fresh, showFresh, isDecided, decide } = useReplies(
    asked,
    isScrolled || isWithin,
  );
  const { error, hasMore, isLoadingMore, more } = list;

  if (list.isPending) return <Skeleton height={240} aria-busy="true" />;
  if (rows.length === 0 && fresh === 0) {
    if (error) return <Failure of={error} title="The replies could not be read" />;
    return <NoReplies {...asked} />;
  }
  return (
    <>
      <Failure of={error} title="The replies could not be read anew" />
      <AboveRows
        of={key}
        said={total === null ? "More than 10,000 replies" : several(total, "reply", "replies")}
        fresh={fresh}
        showFresh={showFresh}
      />
      <ol
        className={classes.replies}
        aria-label="Replies, the newest first"
        onFocus={() => setWithin(true)}
        onBlur={({ currentTarget, relatedTarget }) => setWithin(currentTarget.contains(relatedTarget))}
      >
        {rows.map((message) => (
          <Reply key={message.id} of={message} isDecided={isDecided(message.id)} onDecided={decide} />
        ))}
      </ol>
      {hasMore && (
        <Group justify="center" mt="sm">
          <Button variant="default" size="compact-sm" loading={isLoadingMore} onClick={more}>
            Show more
          </Button>
        </Group>
      )}
    </>
  );
}

function NoReplies({ needsReview, destinationId }: Props) {
  if (needsReview) {
    return (
      <Empty title="Nothing wants a look">
        A reply that may be a stop, in words that no rule knows, is here until somebody says what it is.
      </Empty>
    );
  }
  return (
    <Empty
      title="Nobody wrote yet"
      action={
        destinationId ? (
          <ButtonLink variant="default" to="/accounts/$id" params={{ id: destinationId }}>
            To the account
          </ButtonLink>
        ) : (
          <ButtonLink variant="default" to="/accounts">
            To the accounts
          </ButtonLink>
        )
      }
    >
      What people write to your senders is here, once their provider calls this gateway: connect a sender’s
      inbound messages on the page of its account.
    </Empty>
  );
}
