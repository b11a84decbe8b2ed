import { Code, Group, Text } from "@mantine/core";
import type { ReactNode } from "react";
import type { DeliveryStatus } from "../../api/schema.ts";
import { AnchorLink } from "../../parts/links.tsx";
import { DeliveryTag, TestTag } from "../../parts/StatusTags.tsx";
import { Tag } from "../../parts/Tag.tsx";
import { Due, When } from "../../parts/When.tsx";
import { channelInWords, messageStatusInWords, statusInWords } from "../../parts/words.ts";
import { useMay } from "../../shell/viewer.ts";
import { Recipient } from "./DeliveryColumns.tsx";
import classes from "./DeliveryWhole.module.css";
import type { Whole } from "./useDelivery.ts";
import { usePersonOf } from "./usePersonOf.ts";

const OVER: readonly DeliveryStatus[] = ["SUPPRESSED", "REJECTED", "CANCELED", "EXPIRED"];

/** How it stands, whose it is, and what can be done with it. */
export function Head({ delivery, actions }: { delivery: Whole; actions: ReactNode }) {
  const { status, messageStatus, mapping, destination, replayOf, fallbackOf } = delivery;
  const person = usePersonOf(delivery);
  const seesNumbers = useMay("READER");
  return (
    <div>
      <Group justify="space-between" gap="sm">
        <Group gap={8}>
          <DeliveryTag status={status} messageStatus={messageStatus} />
          {delivery.channel && <Tag tone="grey">{channelInWords(delivery.channel)}</Tag>}
          {delivery.test && <TestTag />}
        </Group>
        {actions}
      </Group>
      <Text size="sm" c="dimmed" mt={6}>
        {status === "ACCEPTED" && messageStatus ? messageStatusInWords(messageStatus) : statusInWords(status)}
        {delivery.nextAttemptAt && (
          <>
            {" "}
            Its next turn: <Due at={delivery.nextAttemptAt} />
          </>
        )}
      </Text>
      <dl className={classes.facts}>
        <dt>To</dt>
        <dd>
          {person ? (
            <AnchorLink to="/people/$id" params={{ id: person }}>
              <Recipient of={delivery} />
            </AnchorLink>
          ) : (
            <Recipient of={delivery} />
          )}
          {seesNumbers && delivery.recipient && (
            <AnchorLink to="/deliveries" search={{ recipient: delivery.recipient }} size="sm" ml="sm">
              All to this number
            </AnchorLink>
          )}
        </dd>
        <dt>From</dt>
        <dd>
          {delivery.sender ?? (OVER.includes(status) ? "No sender was chosen" : "No sender chosen yet")} ·
          account{" "}
          {destination.deletedAt ? (
            `${destination.name} (deleted)`
          ) : (
            <AnchorLink to="/accounts/$id" params={{ id: destination.id }}>
              {destination.name}
            </AnchorLink>
          )}
        </dd>
        <dt>Mapping</dt>
        <dd>
          <MappingLink mapping={mapping} eventId={delivery.event?.id} />
        </dd>
        <dt>When</dt>
        <dd>
          <When at={delivery.createdAt} />
        </dd>
        {replayOf && <Other name="Replays" of={replayOf} />}
        {fallbackOf && <Other name="In place of" of={fallbackOf} />}
        <dt>Id</dt>
        <dd>
          <Code>{delivery.id}</Code>
        </dd>
        {delivery.messageSid && (
          <>
            <dt>Message SID</dt>
            <dd>
              <Code>{delivery.messageSid}</Code>
            </dd>
          </>
        )}
      </dl>
    </div>
  );
}

function MappingLink({ mapping, eventId }: { mapping: Whole["mapping"]; eventId: string | undefined }) {
  if (!mapping) return <>None is known any more</>;
  if (mapping.deletedAt) return <>{mapping.name} (deleted)</>;
  const state = [!mapping.enabled && "disabled", mapping.mode === "SHADOW" && "in SHADOW"].filter(Boolean);
  return (
    <>
      <AnchorLink to="/mappings/$id" params={{ id: mapping.id }} search={{ eventId }}>
        {mapping.name}
      </AnchorLink>
      {state.length > 0 && ` (${state.join(", ")})`}
    </>
  );
}

function Other({ name, of }: { name: string; of: NonNullable<Whole["replayOf"]> }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>
        <AnchorLink to="/deliveries/$id" params={{ id: of.id }}>
          the one of <When at={of.createdAt} />
        </AnchorLink>{" "}
        <DeliveryTag status={of.status} messageStatus={of.messageStatus} />
      </dd>
    </>
  );
}
