import { Group, Skeleton, Stack, Text } from "@mantine/core";
import type { ReactNode } from "react";

import { Empty } from "../../parts/Empty.tsx";
import { Failure } from "../../parts/Failure.tsx";
import { Gates } from "../../parts/Gates.tsx";
import { Cancel } from "./Cancel.tsx";
import classes from "./DeliveryWhole.module.css";
import { EventOf } from "./EventOf.tsx";
import { Head } from "./Head.tsx";
import { Message } from "./Message.tsx";
import { ReplayOne } from "./ReplayOne.tsx";
import { RequestOf } from "./RequestOf.tsx";
import { Depth, Section } from "./Section.tsx";
import { Timeline } from "./Timeline.tsx";
import { useDelivery, type Whole } from "./useDelivery.ts";
import { WhatToDo } from "./WhatToDo.tsx";

type Props = {
  id: string;
  /** Whether there is room for two columns. */
  isWide?: boolean;
  /** Called with the id of the replay that was made. */
  onReplayed: (id: string) => void;
};

/** All there is to know of a delivery: the text, why it went out or not, what was tried, and what can be done. */
export function DeliveryWhole({ id, isWide = false, onReplayed }: Props) {
  const { delivery, isPending, isGone, error } = useDelivery(id);
  if (delivery) return <Shown delivery={delivery} isWide={isWide} onReplayed={onReplayed} />;
  if (error) return <Failure of={error} title="The delivery could not be read" />;
  if (isGone) {
    return (
      <Empty title="There is no such delivery">
        It may have been removed for its age, or belong to another space.
      </Empty>
    );
  }
  return isPending ? (
    <Stack gap="sm" aria-busy="true" aria-label="The delivery is looked for">
      <Skeleton height={26} width="60%" />
      <Skeleton height={90} />
      <Skeleton height={180} />
    </Stack>
  ) : null;
}

function Shown({
  delivery,
  isWide,
  onReplayed,
}: {
  delivery: Whole;
  isWide: boolean;
  onReplayed: Props["onReplayed"];
}) {
  const story: ReactNode = (
    <>
      <WhatToDo delivery={delivery} />
      <Section title="The text">
        <Message delivery={delivery} />
      </Section>
      <Section title="Why it went out, or not">
        {delivery.explanation.length > 0 ? (
          <Gates gates={delivery.explanation} />
        ) : (
          <Text size="sm" c="dimmed">
            {delivery.status === "PENDING"
              ? "It waits for its first turn."
              : "Nothing is known of its gates."}
          </Text>
        )}
      </Section>
    </>
  );
  const facts: ReactNode = (
    <>
      <Section title="What happened">
        <Timeline delivery={delivery} />
      </Section>
      <EventOf delivery={delivery} />
      <RequestOf delivery={delivery} />
    </>
  );
  return (
    <Depth value={isWide ? 2 : 3}>
      <Head
        delivery={delivery}
        actions={
          <Group gap="xs">
            <ReplayOne delivery={delivery} onReplayed={onReplayed} />
            <Cancel delivery={delivery} />
          </Group>
        }
      />
      <div className={isWide ? classes.columns : undefined}>
        <div>{story}</div>
        <div>{facts}</div>
      </div>
    </Depth>
  );
}
