import { List, Loader, Text } from "@mantine/core";
import { useState } from "react";

import { useChange } from "../../../api/queries.ts";
import { useWhole } from "../../../api/whole.ts";
import { ConfirmButton } from "../../../parts/ConfirmButton.tsx";
import { Failure } from "../../../parts/Failure.tsx";
import { When } from "../../../parts/When.tsx";
import { counted, several } from "../../../parts/words.ts";
import {
  AccountsToConnectDocument,
  type AccountsToConnectQuery,
  SourceDeleteDocument,
  type SourcePartsFragment,
} from "./sources.graphql.ts";

/** Deletes a source, after it was said what that cuts off. */
export function DeleteSource({ source, onDeleted }: { source: SourcePartsFragment; onDeleted: () => void }) {
  const remove = useChange(SourceDeleteDocument, { onDone: onDeleted });
  const [isOpen, setOpen] = useState(false);
  const { data, error } = useWhole(AccountsToConnectDocument, {}, (answer) => answer.destinations, {
    enabled: isOpen,
  });
  return (
    <>
      <Text size="sm" c="dimmed" mb={6}>
        Its events and the deliveries they led to are kept.
      </Text>
      <ConfirmButton
        label="Delete the source"
        size="compact-sm"
        danger
        blocked={!data}
        onOpen={() => setOpen(true)}
        onConfirm={() =>
          // What it breaks stands above the button.
          remove.runAsync({ input: { id: source.id, expectedRevision: source.revision, force: true } })
        }
      >
        <Failure of={error} title="What this breaks could not be read" />
        {!data && !error && <Loader size="sm" aria-label="Looking at what depends on it" />}
        {data && <WhatBreaks source={source} accounts={data.destinations.edges.map(({ node }) => node)} />}
      </ConfirmButton>
    </>
  );
}

type Account = AccountsToConnectQuery["destinations"]["edges"][number]["node"];

function WhatBreaks({ source, accounts }: { source: SourcePartsFragment; accounts: readonly Account[] }) {
  const named = source.destinations.edges.map(({ node }) => node.name);
  const connected = source.destinations.totalCount ?? named.length;
  const replies = accounts.filter(({ policy }) => policy.inboundSourceId === source.id);
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
            {several(connected, "account")} ({named.join(", ")}
            {connected > named.length && ` and ${counted(connected - named.length)} more`}){" "}
            {connected === 1 ? "gets" : "get"} no more events from it.
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
