import { useEffect, useRef } from "react";

import { channelInWords } from "../../parts/words.ts";
import classes from "./Inbox.module.css";
import type { ReplyPartsFragment } from "./inbox.graphql.ts";

/** What came of an answer that was given a moment ago. The focus goes here, from the button that is no more. */
export function Effect({ of: { answer, to, channel } }: { of: ReplyPartsFragment }) {
  const place = useRef<HTMLParagraphElement>(null);
  useEffect(() => place.current?.focus(), []);
  return (
    <p className={classes.effect} ref={place} tabIndex={-1} role="status">
      {answer === "STOP"
        ? `Recorded as their own stop: nothing goes to them from ${to} any more, and no marketing by ${channelInWords(channel)} from any sender. Their own START lifts it.`
        : "Recorded as no stop: the marketing that waited for this goes on, once no other reply of theirs wants a look."}
    </p>
  );
}
