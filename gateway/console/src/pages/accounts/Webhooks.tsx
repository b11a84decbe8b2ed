import { Button, Group, Loader, Stack, Text } from "@mantine/core";
import { useState } from "react";

import { freshKey } from "../../api/ask.ts";
import { useChange, useRows } from "../../api/queries.ts";
import { type Column, DataTable } from "../../parts/DataTable.tsx";
import { Empty } from "../../parts/Empty.tsx";
import { Failure } from "../../parts/Failure.tsx";
import { AnchorLink } from "../../parts/links.tsx";
import { Panel } from "../../parts/Panel.tsx";
import { WebhookTag } from "../../parts/WebhookTag.tsx";
import { When } from "../../parts/When.tsx";
import { useMay } from "../../shell/viewer.ts";
import classes from "./Account.module.css";
import type { AccountWhole } from "./shapes.ts";
import { TestWebhookDocument, type WebhookDeliveryRowFragment, WebhookLogDocument } from "./tabs.graphql.ts";
import { useSettings } from "./useSettings.ts";

const COLUMNS: Column<WebhookDeliveryRowFragment>[] = [
  { name: "Event", of: (one) => one.event },
  { name: "State", of: (one) => <WebhookTag delivery={one} /> },
  { name: "Attempts", align: "right", of: (one) => one.attempts },
  { name: "Last answer", wide: true, of: (one) => one.lastAnswer ?? "none yet" },
  { name: "When", align: "right", of: (one) => <When at={one.createdAt} /> },
];

/** Where an account's owner is told what becomes of messages, and how that went. */
export function Webhooks({ account }: { account: AccountWhole }) {
  const mayTest = useMay("OPERATOR");
  const isAdmin = useMay("ADMIN");
  const { slug, settingsFields } = account.definition;
  const { data, error } = useSettings(account.id, slug, settingsFields);
  const list = useRows(WebhookLogDocument, { id: account.id }, (answer) => answer.webhookDeliveries);
  const [key, setKey] = useState(freshKey);
  const test = useChange(TestWebhookDocument, { onDone: () => setKey(freshKey()) });
  const url = data?.settings.webhookUrl as string | null | undefined;
  const events = (data?.settings.webhookEvents ?? []) as string[];
  const tested = test.result?.webhookTest.webhookDelivery;
  const change = isAdmin && (
    <AnchorLink to="/accounts/$id" params={{ id: account.id }} search={{ tab: "settings" }} size="sm">
      Change it in the settings
    </AnchorLink>
  );
  if (error && !data) return <Failure of={error} title="The settings could not be read" />;
  if (!data) return <Loader aria-label="Loading" aria-busy="true" />;
  if (!url)
    return (
      <Empty title="Nobody is told" action={change}>
        With a webhook URL, a server of yours is told what becomes of messages and what people write.
      </Empty>
    );
  return (
    <Stack gap="md">
      <Panel title="Where to" actions={change}>
        <Text className={classes.mono}>{url}</Text>
        <Text size="sm" c="dimmed" mt={4}>
          {events.length === 0 ? "It is told of everything." : `It is told of ${events.join(", ")}.`}
        </Text>
        {mayTest && (
          <Group mt="sm">
            <Button
              variant="default"
              loading={test.isRunning}
              onClick={() => test.run({ input: { id: account.id, idempotencyKey: key } })}
            >
              Send a test
            </Button>
            {tested && (
              <Text size="sm" role="status">
                {tested.deliveredAt ? "The test arrived" : "The test did not arrive"}:{" "}
                {tested.lastAnswer ?? "no answer came."}
              </Text>
            )}
          </Group>
        )}
        <Failure of={test.error} title="No test was sent" />
      </Panel>
      <Panel
        title="What it was told"
        actions={
          <AnchorLink to="/settings/webhooks" search={{ destinationId: account.id }} size="sm">
            To send again
          </AnchorLink>
        }
      >
        <DataTable
          label="Webhook deliveries"
          columns={COLUMNS}
          rows={list.rows}
          keyOf={(one) => one.id}
          isPending={list.isPending}
          error={list.error}
          total={list.total}
          hasMore={list.hasMore}
          isLoadingMore={list.isLoadingMore}
          more={list.more}
          empty={
            <Empty title="It was told nothing yet">
              {mayTest && "Send a test to see whether it listens."}
            </Empty>
          }
        />
      </Panel>
    </Stack>
  );
}
