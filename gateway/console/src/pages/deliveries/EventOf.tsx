import { Code, Text } from "@mantine/core";
import { Fold } from "../../parts/Fold.tsx";
import { JsonView } from "../../parts/JsonView.tsx";
import { AnchorLink } from "../../parts/links.tsx";
import { When } from "../../parts/When.tsx";
import { useMay } from "../../shell/viewer.ts";
import classes from "./DeliveryWhole.module.css";
import { Section } from "./Section.tsx";
import type { Whole } from "./useDelivery.ts";

/** The event that it was made of. */
export function EventOf({ delivery: { event } }: { delivery: Whole }) {
  const seesPayload = useMay("READER");
  return (
    <Section title="The event">
      {event ? (
        <>
          <AnchorLink to="/events/$id" params={{ id: event.id }} fw={500}>
            {event.name ?? event.type}
          </AnchorLink>
          <dl className={classes.facts}>
            <dt>From</dt>
            <dd>{event.source.name}</dd>
            {event.userId && (
              <>
                <dt>userId</dt>
                <dd>
                  <Code>{event.userId}</Code>
                </dd>
              </>
            )}
            <dt>messageId</dt>
            <dd>
              <Code>{event.messageId}</Code>
            </dd>
            <dt>When</dt>
            <dd>
              <When at={event.receivedAt} />
            </dd>
          </dl>
          {event.payloadRemovedAt && (
            <Text size="sm" c="dimmed" mt={6}>
              What it said was removed for its age.
            </Text>
          )}
          {seesPayload && !event.payloadRemovedAt && (
            <Fold label="What it said">
              <JsonView value={event.payload} label="The event as JSON" />
            </Fold>
          )}
        </>
      ) : (
        <Text size="sm" c="dimmed">
          It was deleted.
        </Text>
      )}
    </Section>
  );
}
