import { Group, Text, Title } from "@mantine/core";
import { useContext } from "react";
import { Remedy } from "../../parts/Remedy.tsx";
import { Said } from "../../parts/Said.tsx";
import { reasonInWords, spelled } from "../../parts/words.ts";
import classes from "./DeliveryWhole.module.css";
import { RemedyButtons } from "./RemedyButtons.tsx";
import { placeOf } from "./remedies.ts";
import { Depth } from "./Section.tsx";
import type { Whole } from "./useDelivery.ts";

const TONES: Record<string, string> = {
  HELD: "amber",
  RETRYING: "amber",
  SUPPRESSED: "grey",
  CANCELED: "grey",
  SHADOWED: "grey",
};

/** What stopped it or keeps it waiting, and what changes that: by a button where it is ours to do. */
export function WhatToDo({ delivery }: { delivery: Whole }) {
  const { status, reason, errorCode, errorMessage, remedy } = delivery;
  const place = placeOf(delivery);
  const depth = useContext(Depth);
  if (place === null && !errorMessage && !remedy) return null;
  return (
    <section className={classes.remedy} data-tone={TONES[status]} aria-label="What to do">
      <Title order={depth} size="h5">
        {reason ? spelled(reason) : errorCode ? `Code ${errorCode}` : spelled(status)}
      </Title>
      {reason && <Text size="sm">{reasonInWords(reason)}</Text>}
      {errorMessage && (
        <Text size="sm">
          <Said of={errorMessage} />
        </Text>
      )}
      {remedy && <Remedy of={remedy} />}
      {place && place !== "none" && (
        <Group gap="xs" mt="sm">
          <RemedyButtons delivery={delivery} place={place} />
        </Group>
      )}
    </section>
  );
}
