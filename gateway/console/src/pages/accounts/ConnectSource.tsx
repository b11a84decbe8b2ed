import { Button, Group, NativeSelect, Stack, Text } from "@mantine/core";
import { useState } from "react";

import { useChange } from "../../api/queries.ts";
import { ConfirmButton } from "../../parts/ConfirmButton.tsx";
import { useSourceNames } from "../../parts/choices.ts";
import { Failure } from "../../parts/Failure.tsx";
import { DisabledTag, TRUST_NAMES, TrustTag } from "../../parts/SourceTags.tsx";
import { useMay } from "../../shell/viewer.ts";
import classes from "./Account.module.css";
import type { AccountQuery } from "./account.graphql.ts";
import { MakeSource } from "./MakeSource.tsx";
import { ConnectSourceDocument, DisconnectSourceDocument } from "./new.graphql.ts";

type Source = NonNullable<AccountQuery["destination"]>["sources"][number];
type Props = { accountId: string; connected: readonly Source[] };

/** The sources whose events reach an account; others can be connected, or made. */
export function ConnectSource({ accountId, connected }: Props) {
  const isAdmin = useMay("ADMIN");
  const [chosen, setChosen] = useState("");
  const connect = useChange(ConnectSourceDocument, { onDone: () => setChosen("") });
  const { sources, error } = useSourceNames({ enabled: isAdmin });
  const others = sources.filter((source) => !connected.some((one) => one.id === source.id));
  return (
    <Stack gap="md" maw={640}>
      {connected.length > 0 && (
        <ul className={classes.rows} aria-label="Connected sources">
          {connected.map((source) => (
            <li key={source.id} className={classes.row}>
              <Text fw={500}>{source.name}</Text>
              <TrustTag trust={source.trust} />
              <DisabledTag source={source} />
              {isAdmin && <Disconnect source={source} accountId={accountId} />}
            </li>
          ))}
        </ul>
      )}
      {isAdmin && (
        <>
          <Failure of={error} />
          {others.length > 0 && (
            <Group align="flex-end">
              <NativeSelect
                label="Source"
                value={chosen}
                onChange={(event) => setChosen(event.currentTarget.value)}
                data={[
                  { value: "", label: "Choose one" },
                  ...others.map(({ id, name, trust }) => ({
                    value: id,
                    label: `${name} (${TRUST_NAMES[trust]})`,
                  })),
                ]}
              />
              <Button
                variant="default"
                disabled={chosen === ""}
                loading={connect.isRunning}
                onClick={() => connect.run({ input: { sourceId: chosen, destinationId: accountId } })}
              >
                Connect
              </Button>
            </Group>
          )}
          <Failure of={connect.error} title="It was not connected" />
          <MakeSource accountId={accountId} isFirst={sources.length === 0} />
        </>
      )}
    </Stack>
  );
}

function Disconnect({ source, accountId }: { source: Source; accountId: string }) {
  const disconnect = useChange(DisconnectSourceDocument);
  return (
    <ConfirmButton
      size="compact-sm"
      ml="auto"
      label="Disconnect"
      confirm={`Disconnect ${source.name}`}
      aria-label={`Disconnect ${source.name}`}
      onConfirm={() => disconnect.runAsync({ input: { sourceId: source.id, destinationId: accountId } })}
    >
      <Text size="sm">
        Events of {source.name} reach this account no more. What they led to already goes on.
      </Text>
    </ConfirmButton>
  );
}
