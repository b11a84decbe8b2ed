import { NativeSelect, Text } from "@mantine/core";
import { useState } from "react";

import { freshKey } from "../../api/ask.ts";
import { useChange } from "../../api/queries.ts";
import { ConfirmButton } from "../../parts/ConfirmButton.tsx";
import { Panel } from "../../parts/Panel.tsx";
import { SecretOnce } from "./SecretOnce.tsx";
import { RotateWebhookSecretDocument } from "./tabs.graphql.ts";

const OVERLAPS = [
  { value: "86400", label: "24 hours" },
  { value: "3600", label: "1 hour" },
  { value: "604800", label: "7 days" },
  { value: "0", label: "not at all: somebody has it who should not" },
];

type Props = { id: string; revision: number; url: string | null };

/** The secret that what an account's webhook is told is signed with. */
export function WebhookSecret({ id, revision, url }: Props) {
  const [overlap, setOverlap] = useState("86400");
  const [key, setKey] = useState(freshKey);
  const [secret, setSecret] = useState<string | null>(null);
  const rotate = useChange(RotateWebhookSecretDocument, {
    onDone: ({ webhookSecretRotate }) => {
      setKey(freshKey());
      setSecret(webhookSecretRotate.webhookSecret ?? null);
    },
    onLeft: () => "The webhook has a new secret, which was shown to nobody: rotate it once more.",
  });
  return (
    <Panel title="Webhook secret">
      <Text size="sm" c="dimmed" mb="sm">
        {url
          ? "What your webhook is told is signed with it. It is shown once, when it is made."
          : "There is no webhook URL, so nothing is signed. With the URL a secret is made, and shown once."}
      </Text>
      {url && (
        <ConfirmButton
          label="Rotate the webhook secret"
          onConfirm={() =>
            rotate.runAsync({
              input: { id, expectedRevision: revision, overlapSeconds: Number(overlap), idempotencyKey: key },
            })
          }
        >
          <Text size="sm" mb="sm">
            A new secret is made and shown once. Meanwhile each call has a signature by both, and your
            receiver takes the one that it knows.
          </Text>
          <NativeSelect
            label="How long the old one signs beside it"
            value={overlap}
            onChange={(event) => {
              setOverlap(event.currentTarget.value);
              setKey(freshKey());
            }}
            data={OVERLAPS}
          />
        </ConfirmButton>
      )}
      {rotate.isDone && !rotate.result?.webhookSecretRotate.webhookSecret && (
        <Text size="sm" mt="sm" role="status">
          An earlier try had rotated it, and its answer was lost on the way, the secret with it. Rotate it
          once more to be shown one.
        </Text>
      )}
      <SecretOnce title="Webhook secret" secret={secret} onDone={() => setSecret(null)}>
        Give it to whoever receives the events.
      </SecretOnce>
    </Panel>
  );
}
