import { List, Text } from "@mantine/core";

import { useChange } from "../../../api/queries.ts";
import { useWhole } from "../../../api/whole.ts";
import { ConfirmButton } from "../../../parts/ConfirmButton.tsx";
import { When } from "../../../parts/When.tsx";
import { several } from "../../../parts/words.ts";
import {
  AccountsToConnectDocument,
  SourceDeleteDocument,
  type SourcePartsFragment,
} from "./sources.graphql.ts";

/** Deletes a source, after it was said what that cuts off. */
export function DeleteSource({ source, onDeleted }: { source: SourcePartsFragment; onDeleted: () => void }) {
  const remove = useChange(SourceDeleteDocument, { onDone: onDeleted });
  return (
    <>
      <Text size="sm" c="dimmed" mb={6}>
        Its events and the deliveries they led to are kept.
      </Text>
      <ConfirmButton
        label="Delete the source"
        size="compact-sm"
        danger
        onConfirm={() =>
          // What it breaks stands above the button.
          remove.runAsync({ input: { id: source.id, expectedRevision: source.revision, force: true } })
        }
      >
        <WhatBreaks source={source} />
      </ConfirmButton>
    </>
  );
}

function WhatBreaks({ source }: { source: SourcePartsFragment }) {
  const list = useWhole(AccountsToConnectDocument, {}, (answer) => answer.destinations).data;
  const accounts = list?.destinations.edges.map(({ node }) => node);
  const connected = source.destinations.totalCount ?? source.destinations.edges.length;
  const replies = accounts?.filter(({ policy }) => policy.inboundSourceId === source.id) ?? [];
  return (
    <>
      <Text size="sm">{source.name} is gone then, and this can't be taken back:</Text>
      <List size="sm" my={6}>
        <List.Item>
          Its write keys are refused from now on.{" "}
          {source.lastEventAt ? (
            <>
              The last event came <When at={source.lastEventAt} ago />.
            </>
          ) : (
            "No event came from it."
          )}
        </List.Item>
        {connected > 0 && (
          <List.Item>
            {several(connected, "account")} (
            {source.destinations.edges.map(({ node }) => node.name).join(", ")}) get no more events from it.
          </List.Item>
        )}
        {replies.length > 0 && (
          <List.Item>
            Replies to {replies.map(({ name }) => name).join(", ")} are no longer events of it.
          </List.Item>
        )}
      </List>
      <Text size="sm">To stop it for a while, switch off “Its events are taken” instead.</Text>
    </>
  );
}
