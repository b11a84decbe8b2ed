import { Button, Group, NativeSelect, Text } from "@mantine/core";
import { useState } from "react";

import { useChange } from "../../../api/queries.ts";
import { useWhole } from "../../../api/whole.ts";
import { ConfirmButton } from "../../../parts/ConfirmButton.tsx";
import { Failure } from "../../../parts/Failure.tsx";
import { AnchorLink } from "../../../parts/links.tsx";
import { AccountTag } from "../../../parts/StatusTags.tsx";
import { useMay } from "../../../shell/viewer.ts";
import {
  AccountsToConnectDocument,
  SourceConnectDocument,
  SourceDisconnectDocument,
  type SourcePartsFragment,
} from "./sources.graphql.ts";

type Account = SourcePartsFragment["destinations"]["edges"][number]["node"];

/** The accounts that a source's events reach, and the way to connect another. */
export function ConnectedAccounts({ source }: { source: SourcePartsFragment }) {
  const mayChange = useMay("ADMIN");
  const accounts = source.destinations.edges.map(({ node }) => node);
  const more = (source.destinations.totalCount ?? accounts.length) - accounts.length;
  return (
    <>
      {accounts.length === 0 && (
        <Text size="sm" c="dimmed" mb={6}>
          None yet: its events are kept, and lead to no text. What came before it is connected is not tried
          again.
        </Text>
      )}
      {accounts.map((account) => (
        <Group key={account.id} justify="space-between" mb={6}>
          <Group gap="xs">
            <AnchorLink to="/accounts/$id" params={{ id: account.id }} size="sm">
              {account.name}
            </AnchorLink>
            <AccountTag {...account} />
          </Group>
          {mayChange && <Disconnect source={source} account={account} />}
        </Group>
      ))}
      {more > 0 && (
        <Text size="sm" c="dimmed">
          and {more} more
        </Text>
      )}
      {mayChange && <Connect source={source} />}
    </>
  );
}

function Disconnect({ source, account }: { source: SourcePartsFragment; account: Account }) {
  const change = useChange(SourceDisconnectDocument);
  return (
    <ConfirmButton
      label="Disconnect"
      aria-label={`Disconnect ${account.name}`}
      size="compact-sm"
      danger
      onConfirm={() => change.runAsync({ input: { sourceId: source.id, destinationId: account.id } })}
    >
      <Text size="sm">
        Events of {source.name} no longer reach {account.name}: its mappings start no text for them. What was
        planned before still goes out. Both stay as they are otherwise.
      </Text>
    </ConfirmButton>
  );
}

function Connect({ source }: { source: SourcePartsFragment }) {
  const change = useChange(SourceConnectDocument);
  const list = useWhole(AccountsToConnectDocument, {}, (answer) => answer.destinations).data;
  const [chosen, setChosen] = useState("");
  const others =
    list?.destinations.edges
      .map(({ node }) => node)
      .filter(({ sources }) => !sources.some(({ id }) => id === source.id)) ?? [];
  if (others.length === 0) return null;
  const destinationId = others.some(({ id }) => id === chosen) ? chosen : (others[0]?.id ?? "");
  return (
    <>
      <Group gap="xs" align="flex-end" mt="xs">
        <NativeSelect
          label="Connect another account"
          size="xs"
          value={destinationId}
          onChange={(event) => setChosen(event.currentTarget.value)}
          data={others.map(({ id, name }) => ({ value: id, label: name }))}
        />
        <Button
          size="xs"
          variant="default"
          loading={change.isRunning}
          onClick={() => change.run({ input: { sourceId: source.id, destinationId } })}
        >
          Connect
        </Button>
      </Group>
      <Failure of={change.error} />
    </>
  );
}
