import { Button, Code, Group, Skeleton, Table, Text } from "@mantine/core";
import type { ReactNode } from "react";

import { useAnswer, useChange } from "../../../api/queries.ts";
import { CopyText } from "../../../parts/CopyText.tsx";
import { Failure } from "../../../parts/Failure.tsx";
import { AnchorLink } from "../../../parts/links.tsx";
import { SidePanel } from "../../../parts/SidePanel.tsx";
import { WebhookTag } from "../../../parts/WebhookTag.tsx";
import { Due, When } from "../../../parts/When.tsx";
import { useMay } from "../../../shell/viewer.ts";
import {
  WebhookDeliveryDocument,
  type WebhookDeliveryPartsFragment,
  WebhookDeliveryReplayDocument,
} from "./webhooks.graphql.ts";

const REFRESH_MS = 3_000;

/** One thing that an owner is told: where, how often it was tried, what came back, and again. */
export function WebhookPanel({ id, onClose }: { id: string | null; onClose: () => void }) {
  const query = useAnswer(
    WebhookDeliveryDocument,
    { id: id ?? "" },
    { enabled: id !== null, refetchInterval: REFRESH_MS },
  );
  const node = query.data?.node;
  const found = node && "event" in node ? (node as WebhookDeliveryPartsFragment) : null;
  const delivery = found?.id === id ? found : null;
  return (
    <SidePanel opened={id !== null} title={delivery?.event ?? "Webhook"} onClose={onClose}>
      {delivery ? (
        <Facts delivery={delivery} />
      ) : query.error ? (
        <Failure of={query.error} title="It could not be read" />
      ) : query.isPending || query.isPlaceholderData ? (
        <Skeleton height={200} />
      ) : (
        <Text size="sm">
          There is no such webhook, or it is gone: they are kept for as long as texts are.
        </Text>
      )}
    </SidePanel>
  );
}

function Facts({ delivery }: { delivery: WebhookDeliveryPartsFragment }) {
  const mayReplay = useMay("OPERATOR");
  const replay = useChange(WebhookDeliveryReplayDocument);
  const hasEnded = delivery.dead || delivery.deliveredAt != null;
  return (
    <>
      <Table aria-label="About it" withRowBorders={false} verticalSpacing={4}>
        <Table.Tbody>
          <Fact name="State">
            <WebhookTag delivery={delivery} />
          </Fact>
          <Fact name="Account">
            <AnchorLink size="sm" to="/accounts/$id" params={{ id: delivery.destination.id }}>
              {delivery.destination.name}
            </AnchorLink>
          </Fact>
          <Fact name="Goes to">
            <Code style={{ overflowWrap: "anywhere" }}>{delivery.url}</Code>
          </Fact>
          <Fact name="When">
            <When at={delivery.createdAt} />
          </Fact>
          <Fact name="Attempts">{delivery.attempts}</Fact>
          {delivery.deliveredAt && (
            <Fact name="Arrived">
              <When at={delivery.deliveredAt} />
            </Fact>
          )}
          {delivery.nextAttemptAt && (
            <Fact name="Tried next">
              <Due at={delivery.nextAttemptAt} />
            </Fact>
          )}
          <Fact name="Its id">
            <CopyText text={delivery.id} name="its id" />
          </Fact>
        </Table.Tbody>
      </Table>
      <Text size="sm" fw={600} mt="sm" mb={4}>
        Last answer{delivery.lastStatus != null && `: ${delivery.lastStatus}`}
      </Text>
      <Code block tabIndex={0} role="region" aria-label="Last answer" style={{ whiteSpace: "pre-wrap" }}>
        {delivery.lastAnswer ?? "It was not tried yet."}
      </Code>
      {mayReplay && hasEnded && (
        <Group mt="md" gap="sm">
          <Button
            variant="default"
            size="compact-sm"
            loading={replay.isRunning}
            onClick={() => replay.run({ input: { id: delivery.id } })}
          >
            Send it again
          </Button>
          <Text size="xs" c="dimmed">
            Under the same id, and for another 24 hours.
          </Text>
        </Group>
      )}
      {replay.isDone && !hasEnded && (
        <Text size="sm" role="status" mt="xs">
          It is sent again.
        </Text>
      )}
      <Failure of={replay.error} title="It was not sent again" />
    </>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <Table.Tr>
      <Table.Th scope="row" w={110} fw={400} c="dimmed">
        {name}
      </Table.Th>
      <Table.Td>{children}</Table.Td>
    </Table.Tr>
  );
}
