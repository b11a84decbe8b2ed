import { Text, Title } from "@mantine/core";

import { Tag } from "../../parts/Tag.tsx";
import { duration } from "../../parts/times.ts";
import { useNow, When } from "../../parts/When.tsx";
import classes from "./Person.module.css";
import type { Contact } from "./Person.tsx";

const A_SECOND_MS = 1_000;
const SHOWN = 6;

/** The conversations in which they may be answered freely for a while, each counting down. */
export function Windows({ windows }: { windows: Contact["windows"] }) {
  if (windows.length === 0) return null;
  return (
    <section aria-labelledby="windows">
      <Title order={2} size="h5" id="windows" mb={6}>
        Windows for free answers
      </Title>
      <ul className={classes.plain}>
        {windows.slice(0, SHOWN).map(({ sender, closesAt }) => (
          <li key={`${sender}-${closesAt}`} className={classes.word}>
            <span className={classes.ids}>{sender}</span> {closesAt && <Closes at={closesAt} />}
          </li>
        ))}
      </ul>
      {windows.length > SHOWN && (
        <Text size="sm" c="dimmed">
          And {windows.length - SHOWN} more, which close or closed before these.
        </Text>
      )}
    </section>
  );
}

function Closes({ at }: { at: string }) {
  const now = useNow(A_SECOND_MS);
  const left = Math.ceil((new Date(at).getTime() - now.getTime()) / A_SECOND_MS);
  if (left <= 0) {
    return (
      <>
        <Tag tone="grey">Closed</Tag> <When at={at} ago />
      </>
    );
  }
  return (
    <>
      <Tag tone="green">Open</Tag>{" "}
      <span role="timer">
        closes in {duration(left)}
        {left >= 60 && left < 3_600 && ` ${left % 60} s`}
      </span>
    </>
  );
}
