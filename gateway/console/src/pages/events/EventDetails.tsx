import { Alert, Stack, Text, Title } from "@mantine/core";
import { Link } from "@tanstack/react-router";

import type { EventOutcome } from "../../api/schema.ts";
import { JsonView } from "../../parts/JsonView.tsx";
import { Remedy } from "../../parts/Remedy.tsx";
import { hasOperation } from "../../parts/remedies.ts";
import { DeliveryTag } from "../../parts/StatusTags.tsx";
import { When } from "../../parts/When.tsx";
import { spelled } from "../../parts/words.ts";
import { useMay } from "../../shell/viewer.ts";
import classes from "./EventDetails.module.css";
import { EventFacts } from "./EventFacts.tsx";
import type { EventWholeQuery } from "./event.graphql.ts";
import { Verdicts } from "./Verdicts.tsx";

export type WholeEvent = NonNullable<EventWholeQuery["event"]>;

/** One event whole: what is known of it, what came of it, for what led nowhere why, and what it holds; its headings stand under one of that order. */
export function EventDetails({ event, under }: { event: WholeEvent; under: 1 | 2 }) {
  const order = under === 1 ? 2 : 3;
  const { deliveries, outcome, problem, problemMessage, whyNot } = event;
  // What is told of something in the event quotes it: that is shown as it came.
  const isQuoting = problem && !hasOperation(problemMessage ?? "");
  return (
    <Stack gap="lg">
      {problemMessage && (
        <Alert
          color={outcome === "INVALID" ? "red" : "amber"}
          title={outcome === "INVALID" ? "It is invalid: it was kept, and leads to nothing" : "Worth knowing"}
          variant="light"
          className={classes.problem}
          data-tone={outcome === "INVALID" ? "red" : "amber"}
        >
          {isQuoting ? problemMessage : <Remedy of={problemMessage} isTitled={false} />}
        </Alert>
      )}
      <EventFacts event={event} />
      <section>
        <Title order={order} size="h5" mb={6}>
          What came of it
        </Title>
        <CameOf event={event} />
      </section>
      {whyNot.length > 0 && deliveries.length === 0 && (
        <section>
          <Title order={order} size="h5" mb={6}>
            Why it led to nothing
          </Title>
          <Verdicts verdicts={whyNot} eventId={event.id} />
        </section>
      )}
      <section>
        <Title order={order} size="h5" mb={6}>
          The event
        </Title>
        <Payload event={event} />
      </section>
    </Stack>
  );
}

const NOTHING: Partial<Record<EventOutcome, string>> = {
  ACCEPTED: "Nothing yet: it waits for its turn.",
  INVALID: "Nothing: no mapping is asked about what is invalid.",
};

function CameOf({ event: { deliveries, outcome, repeats } }: { event: WholeEvent }) {
  if (repeats) {
    return (
      <Text size="sm">
        It has the messageId of{" "}
        <Link to="/events/$id" params={{ id: repeats.id }}>
          the event of {repeats.source.name}
        </Link>
        , <When at={repeats.receivedAt} />: what came of both is there.
      </Text>
    );
  }
  if (deliveries.length === 0) {
    return (
      <Text size="sm" c="dimmed">
        {NOTHING[outcome] ?? "Nothing: no mapping is for it."}
      </Text>
    );
  }
  return (
    <ul className={classes.deliveries}>
      {deliveries.map(({ id, status, messageStatus, reason, recipient, mapping }) => (
        <li key={id}>
          <Link to="/deliveries/$id" params={{ id }} className={classes.delivery}>
            <span>{mapping?.name ?? "A mapping that is gone"}</span>
            <span className={classes.number}>{recipient}</span>
          </Link>
          <span className={classes.how}>
            {reason && spelled(reason)}
            <DeliveryTag status={status} messageStatus={messageStatus} />
          </span>
        </li>
      ))}
    </ul>
  );
}

function Payload({ event: { payload, payloadRemovedAt } }: { event: WholeEvent }) {
  const maySee = useMay("READER");
  if (!maySee) {
    return (
      <Text size="sm" c="dimmed">
        What an event holds is not shown to the role Viewer.
      </Text>
    );
  }
  return (
    <>
      {payloadRemovedAt && (
        <Text size="sm" c="dimmed" mb={6}>
          What it held was removed for its age, <When at={payloadRemovedAt} />. This is what is left.
        </Text>
      )}
      <JsonView value={payload} label="The event as JSON" />
    </>
  );
}
