import { Group, Text } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";

import { useAnswer } from "../../api/queries.ts";
import { CopyText } from "../../parts/CopyText.tsx";
import { OutcomeTag } from "../../parts/StatusTags.tsx";
import { When } from "../../parts/When.tsx";
import { several } from "../../parts/words.ts";
import { useViewer } from "../../shell/viewer.ts";
import classes from "./EventDetails.module.css";
import type { WholeEvent } from "./EventDetails.tsx";
import { PersonOfDocument } from "./event.graphql.ts";

/** What is known of an event without looking into it. */
export function EventFacts({ event }: { event: WholeEvent }) {
  const { type, name, messageId, receivedAt, source, outcome, repetitions, anonymousId } = event;
  return (
    <dl className={classes.facts}>
      <Fact name="When">
        <Group gap={8}>
          <When at={receivedAt} />
          <OutcomeTag outcome={outcome} />
        </Group>
      </Fact>
      <Fact name="From">
        <Link to="/settings/sources" search={{ open: source.id }}>
          {source.name}
        </Link>
        {source.deletedAt && " (deleted since)"}
      </Fact>
      <Fact name="Call">
        {type}
        {name && <b> {name}</b>}
      </Fact>
      {event.userId && (
        <Fact name="userId">
          <Whom userId={event.userId} />
        </Fact>
      )}
      {anonymousId && <Fact name="anonymousId">{anonymousId}</Fact>}
      <Fact name="messageId">
        <CopyText text={messageId} />
      </Fact>
      {repetitions > 0 && (
        <Fact name="Repeats">
          <Text size="sm">
            The same messageId came again {several(repetitions, "time")}, and led to nothing more.
          </Text>
        </Fact>
      )}
    </dl>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function Whom({ userId }: { userId: string }) {
  const { space } = useViewer();
  const contact = useAnswer(PersonOfDocument, { userId, space }).data?.contact;
  return (
    <Group gap={10}>
      <span>{userId}</span>
      {contact && (
        <Link to="/people/$id" params={{ id: contact.id }}>
          The person
        </Link>
      )}
      <Link to="/events" search={{ userId }}>
        Their events
      </Link>
    </Group>
  );
}
