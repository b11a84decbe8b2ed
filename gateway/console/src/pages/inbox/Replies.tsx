import { Button, Group, Skeleton, Text } from "@mantine/core";
import { ArrowUp } from "lucide-react";

import { Empty } from "../../parts/Empty.tsx";
import { Failure } from "../../parts/Failure.tsx";
import { counted, several } from "../../parts/words.ts";
import classes from "./Inbox.module.css";
import { Reply } from "./Reply.tsx";
import { useReplies } from "./useReplies.ts";

type Props = { needsReview?: boolean; destinationId?: string };

/** Replies, the newest first. What comes while one reads waits behind a button, so that nothing moves. */
export function Replies(asked: Props) {
  const {
    rows,
    total,
    isPending,
    error,
    hasMore,
    isLoadingMore,
    more,
    fresh,
    isMany,
    showFresh,
    isDecided,
    decide,
  } = useReplies(asked);

  if (isPending) return <Skeleton height={240} aria-busy="true" />;
  if (rows.length === 0 && fresh === 0) {
    if (error) return <Failure of={error} title="The replies could not be read" />;
    return asked.needsReview ? (
      <Empty title="Nothing wants a look">
        A reply that may be a stop, in words that no rule knows, is here until somebody says what it is.
      </Empty>
    ) : (
      <Empty title="Nobody wrote yet">
        What people write to your senders is here, once their provider calls this gateway: see “Connect
        inbound” of an account.
      </Empty>
    );
  }
  return (
    <>
      <Failure of={error} title="The replies could not be read anew" />
      <div role="status" aria-live="polite">
        {fresh > 0 && (
          <Group justify="center" mb="sm">
            <Button
              size="compact-sm"
              variant="default"
              leftSection={<ArrowUp size={14} aria-hidden="true" />}
              onClick={showFresh}
            >
              Show {isMany ? `${fresh} and more new replies` : several(fresh, "new reply", "new replies")}
            </Button>
          </Group>
        )}
      </div>
      <ol className={classes.replies} aria-label="Replies, the newest first">
        {rows.map((message) => (
          <Reply key={message.id} of={message} isDecided={isDecided(message.id)} onDecided={decide} />
        ))}
      </ol>
      <Group justify="center" mt="sm" gap="md">
        <Text size="sm" c="dimmed" role="status">
          {hasMore
            ? `${counted(rows.length)} of ${total == null ? "more than 10,000" : counted(total)}`
            : `All ${counted(rows.length)} are shown`}
        </Text>
        {hasMore && (
          <Button variant="default" size="compact-sm" loading={isLoadingMore} onClick={more}>
            Show more
          </Button>
        )}
      </Group>
    </>
  );
}
