import { Button, Code, Group, Modal, NativeSelect, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useRef, useState } from "react";

import { freshKey } from "../../../api/ask.ts";
import { useChange } from "../../../api/queries.ts";
import { Failure } from "../../../parts/Failure.tsx";
import { AnchorLink } from "../../../parts/links.tsx";
import { WebhookTag } from "../../../parts/WebhookTag.tsx";
import { useHasAddress } from "./useHasAddress.ts";
import { WebhookTestDocument } from "./webhooks.graphql.ts";

type Account = { id: string; name: string };

/** Sends a sample to an account's webhook address, and shows what came back. */
export function TestWebhook({ accounts }: { accounts: readonly Account[] }) {
  const [opened, { open, close }] = useDisclosure(false);
  const [chosen, setChosen] = useState("");
  const idempotencyKey = useRef(freshKey());
  const test = useChange(WebhookTestDocument, {
    onDone: () => {
      idempotencyKey.current = freshKey();
    },
  });
  const id = chosen || (accounts[0]?.id ?? "");
  const hasAddress = useHasAddress(id, opened);
  const sent = test.result?.webhookTest.webhookDelivery;

  function again() {
    test.reset();
    // What was asked of another account is another call.
    idempotencyKey.current = freshKey();
  }

  return (
    <>
      <Button
        variant="default"
        onClick={() => {
          again();
          open();
        }}
      >
        Test a webhook
      </Button>
      <Modal opened={opened} onClose={close} title="Test a webhook">
        <Text size="sm" mb="sm">
          A sample is sent once to the webhook address of the account, signed as everything is that goes
          there.
        </Text>
        <NativeSelect
          label="Account"
          data-autofocus
          value={id}
          onChange={(event) => {
            again();
            setChosen(event.currentTarget.value);
          }}
          data={accounts.map((one) => ({ value: one.id, label: one.name }))}
        />
        {hasAddress === false && (
          <Text size="sm" mt="sm" role="status">
            It has no webhook address.{" "}
            <AnchorLink to="/accounts/$id" params={{ id }} search={{ tab: "settings" }} size="sm">
              Give it one in its settings
            </AnchorLink>
          </Text>
        )}
        {sent && (
          <div role="status">
            <Text size="sm" mt="md" mb={4} component="div">
              <WebhookTag delivery={sent} /> {sent.lastStatus != null && `It answered ${sent.lastStatus}.`}
            </Text>
            <Code block style={{ whiteSpace: "pre-wrap" }}>
              {sent.lastAnswer ?? "It was not tried yet."}
            </Code>
          </div>
        )}
        <Failure of={test.error} title="No sample was sent" />
        <Group justify="flex-end" mt="md">
          <Button
            loading={test.isRunning}
            disabled={hasAddress === false}
            onClick={() => test.run({ input: { id, idempotencyKey: idempotencyKey.current } })}
          >
            Send the sample
          </Button>
        </Group>
      </Modal>
    </>
  );
}
