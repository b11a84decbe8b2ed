import { Button, Group, List, NativeSelect, Text, Title } from "@mantine/core";
import { useState } from "react";

import { useChange } from "../../api/queries.ts";
import { useWhole } from "../../api/whole.ts";
import { Failure } from "../../parts/Failure.tsx";
import { several } from "../../parts/words.ts";
import type { AccountWhole } from "./shapes.ts";
import { type SenderRowFragment, SendersToSwapDocument, SwapSenderDocument } from "./tabs.graphql.ts";

type Props = { account: AccountWhole; sender: SenderRowFragment };

/** Lets another sender take the place of one, in every mapping that names it. */
export function SwapSender({ account, sender }: Props) {
  const [to, setTo] = useState("");
  const swap = useChange(SwapSenderDocument);
  const { data, error } = useWhole(
    SendersToSwapDocument,
    { id: account.id },
    (answer) => answer.destination?.senders,
  );
  const others = (data?.destination?.senders.edges ?? [])
    .map(({ node }) => node)
    .filter((one) => one.id !== sender.id && one.active && !one.removedAt);
  const warnings = swap.result?.senderSwap.warnings ?? [];
  const count = sender.mappings.totalCount;
  const target = others.find((one) => one.id === to);
  return (
    <section>
      <Title order={3} size="h5" mb={4}>
        Swap it for another
      </Title>
      <Text size="sm" c="dimmed" mb="xs">
        {count === 0
          ? "No mapping names it now. "
          : `${count == null ? "Its mappings" : several(count, "mapping")} will name the other one instead, all or none. `}
        What waits for {sender.address} goes out from the other one, after passing every gate anew. Where it
        is the default sender of the account, that changes too, which takes an admin.
      </Text>
      <Failure of={error} title="The other senders could not be read" />
      {data && others.length === 0 && (
        <Text size="sm">
          There is no other sender in use. Give the account one at the provider, then sync.
        </Text>
      )}
      {others.length > 0 && (
        <Group align="flex-end">
          <NativeSelect
            label="The one that takes its place"
            value={to}
            onChange={(event) => {
              setTo(event.currentTarget.value);
              swap.reset();
            }}
            data={[
              { value: "", label: "Choose one" },
              ...others.map((one) => ({
                value: one.id,
                label: one.label === one.address ? one.address : `${one.address} (${one.label})`,
              })),
            ]}
          />
          <Button
            disabled={!target}
            loading={swap.isRunning}
            onClick={() => swap.run({ input: { destinationId: account.id, from: sender.id, to } })}
          >
            Swap
          </Button>
        </Group>
      )}
      <Failure of={swap.error} title="Nothing was swapped" />
      {swap.isDone && (
        <Text size="sm" mt="xs" role="status">
          {target?.address} has taken the place of {sender.address}.
        </Text>
      )}
      {swap.isDone && warnings.length > 0 && (
        <>
          <Text size="sm" mt="xs" fw={600}>
            Look at these still:
          </Text>
          <List size="sm">
            {warnings.map((warning) => (
              <List.Item key={`${warning.mappingId}${warning.path}`}>{warning.message}</List.Item>
            ))}
          </List>
        </>
      )}
    </section>
  );
}
