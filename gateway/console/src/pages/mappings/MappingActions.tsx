import { Group, Text } from "@mantine/core";

import { useAnswer, useChange } from "../../api/queries.ts";
import { ConfirmButton } from "../../parts/ConfirmButton.tsx";
import { several } from "../../parts/words.ts";
import {
  DeleteMappingDocument,
  SwitchMappingDocument,
  WhatWaitsOfMappingDocument,
} from "./mappings.graphql.ts";

type Props = {
  mapping: { id: string; revision: number; name: string; enabled: boolean };
  size?: string;
  onDeleted?: () => void;
};

/** Switches a mapping on or off, or deletes it, and says first what becomes of what waits of it. */
export function MappingActions({ mapping: { id, revision, name, enabled }, size, onDeleted }: Props) {
  const toggle = useChange(SwitchMappingDocument);
  const remove = useChange(DeleteMappingDocument);
  const waits = <Waits id={id} />;

  return (
    <Group gap={6} wrap="nowrap" justify="flex-end">
      <ConfirmButton
        label={enabled ? "Disable" : "Enable"}
        size={size}
        aria-label={`${enabled ? "Disable" : "Enable"} ${name}`}
        onConfirm={() => toggle.runAsync({ input: { id, expectedRevision: revision, enabled: !enabled } })}
      >
        {enabled ? (
          <Text size="sm">
            No event reaches “{name}” any more. {waits} It can be enabled again at any time, and what was
            canceled can be replayed then.
          </Text>
        ) : (
          <Text size="sm">“{name}” is for events again, from the next one on.</Text>
        )}
      </ConfirmButton>
      <ConfirmButton
        label="Delete"
        danger
        size={size}
        aria-label={`Delete ${name}`}
        onConfirm={async () => {
          await remove.runAsync({ input: { id, expectedRevision: revision } });
          onDeleted?.();
        }}
      >
        <Text size="sm">
          “{name}” is gone for good, and no event reaches it any more. {waits} What it sent is kept, and still
          shown with it.
        </Text>
      </ConfirmButton>
    </Group>
  );
}

/** It is there while the question is: each one counts anew. */
function Waits({ id }: { id: string }) {
  const { data, isFetching } = useAnswer(WhatWaitsOfMappingDocument, { id });
  const count = isFetching ? undefined : data?.deliveries.totalCount;
  if (count === undefined) return <>What waits of it is canceled at once.</>;
  if (count === 0) return <>Nothing of it waits.</>;
  return <strong>{waitsOf(count)}</strong>;
}

const waitsOf = (count: number | null) =>
  count === 1
    ? "The 1 text that waits of it is canceled at once."
    : `The ${count === null ? "more than 10,000 texts" : several(count, "text")} that wait of it are canceled at once.`;
