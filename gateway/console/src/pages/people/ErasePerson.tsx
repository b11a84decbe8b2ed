import { List, Text } from "@mantine/core";
import { useState } from "react";

import { useAnswer, useChange } from "../../api/queries.ts";
import { ConfirmButton } from "../../parts/ConfirmButton.tsx";
import { Failure } from "../../parts/Failure.tsx";
import { several } from "../../parts/words.ts";
import { ErasePersonDocument, ErasureCountsDocument } from "./person.graphql.ts";

type Props = { id: string; called: string; onDone: (erased: string) => void };

/** Asks once, with the counts of what goes, and begins the erasure. */
export function ErasePerson({ id, called, onDone }: Props) {
  const [asked, setAsked] = useState(false);
  const change = useChange(ErasePersonDocument, {
    onDone: ({ contactErase }) => onDone(contactErase.deletedId ?? id),
  });
  return (
    <ConfirmButton
      label="Erase"
      confirm="Erase them"
      danger
      onOpen={() => setAsked(true)}
      onConfirm={() => change.runAsync({ input: { id } })}
    >
      <Text size="sm">
        All that is held of {called}, and of whoever gave this number, goes. It can’t be undone.
      </Text>
      {asked && <Goes id={id} />}
      <Text size="sm">
        What waits is canceled. Statistics stay, and so does a stop: whoever gives the number again can’t be
        texted what it forbids.
      </Text>
    </ConfirmButton>
  );
}

function Goes({ id }: { id: string }) {
  const { data, error } = useAnswer(ErasureCountsDocument, { id });
  if (error && !data) return <Failure of={error} title="What goes could not be counted" />;
  if (data?.node?.__typename !== "Contact") {
    return (
      <Text size="sm" my="xs" role="status">
        Counting …
      </Text>
    );
  }
  const { deliveries, events, inboundMessages, consentHistory } = data.node;
  return (
    <List size="sm" my="xs" aria-label="What goes">
      <List.Item>{counts(deliveries.totalCount, "delivery", "deliveries")}</List.Item>
      <List.Item>{counts(events.totalCount, "event", "events")}</List.Item>
      <List.Item>
        {counts(inboundMessages.totalCount, "message that they wrote", "messages that they wrote")}
      </List.Item>
      <List.Item>{counts(consentHistory.totalCount, "word of consent", "words of consent")}</List.Item>
    </List>
  );
}

const counts = (total: number | null | undefined, one: string, many: string): string =>
  total == null ? `More than 10,000 ${many}` : several(total, one, many);
