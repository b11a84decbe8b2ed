import { Button, Group, TextInput } from "@mantine/core";
import { useState } from "react";

import { useChange } from "../../api/queries.ts";
import type { ReviewAnswer } from "../../api/schema.ts";
import { Failure } from "../../parts/Failure.tsx";
import { channelInWords } from "../../parts/words.ts";
import classes from "./Inbox.module.css";
import { type ReplyPartsFragment, ReviewReplyDocument } from "./inbox.graphql.ts";

type Props = { of: ReplyPartsFragment; onDecided: (message: ReplyPartsFragment) => void };

/** Whether it is a stop: what either answer does is said above its button, and one click gives it. */
export function Review({ of: { id, to, channel }, onDecided }: Props) {
  const [note, setNote] = useState("");
  const [answered, setAnswered] = useState<ReviewAnswer | null>(null);
  const change = useChange(ReviewReplyDocument, {
    onDone: ({ inboundReview }) => inboundReview.inboundMessage && onDecided(inboundReview.inboundMessage),
  });

  function answer(given: ReviewAnswer) {
    setAnswered(given);
    change.run({ input: { id, answer: given, note: note.trim() || null } });
  }

  return (
    <fieldset className={classes.review} aria-label="Is it a stop?">
      <p>
        <strong>Is it a stop?</strong> Marketing to them waits until you say. A stop ends all texts from {to},
        and marketing by {channelInWords(channel)} from every sender, until they write START. If it is none,
        what waits goes on.
      </p>
      <Group gap="xs">
        <Button
          size="compact-sm"
          variant="default"
          loading={change.isRunning && answered === "STOP"}
          disabled={change.isRunning}
          onClick={() => answer("STOP")}
        >
          It is a stop
        </Button>
        <Button
          size="compact-sm"
          variant="default"
          loading={change.isRunning && answered === "NOT_A_STOP"}
          disabled={change.isRunning}
          onClick={() => answer("NOT_A_STOP")}
        >
          Not a stop
        </Button>
        <TextInput
          size="xs"
          aria-label="Note, kept as evidence of a stop"
          placeholder="Note, if you like"
          value={note}
          onChange={(event) => setNote(event.currentTarget.value)}
          style={{ flex: "1 1 160px" }}
        />
      </Group>
      <Failure of={change.error} title="It was not recorded" />
    </fieldset>
  );
}
