import { Group, PasswordInput, Text } from "@mantine/core";
import { useState } from "react";

import { useChange } from "../../../api/queries.ts";
import { ConfirmButton } from "../../../parts/ConfirmButton.tsx";
import { ShownOnce } from "../../../parts/ShownOnce.tsx";
import { When } from "../../../parts/When.tsx";
import { useMay } from "../../../shell/viewer.ts";
import { type SourcePartsFragment, SourceUpdateDocument } from "./sources.graphql.ts";

const SECRET_BYTES = 32;

/** What a forwarder such as Segment signs each request with: set, replace, remove. */
export function SharedSecret({ source }: { source: SourcePartsFragment }) {
  const mayChange = useMay("ADMIN");
  const set = useChange(SourceUpdateDocument);
  const clear = useChange(SourceUpdateDocument);
  const [typed, setTyped] = useState("");
  const [made, setMade] = useState<string | null>(null);
  const { configured, lastFour, setAt } = source.sharedSecret;
  const base = { id: source.id, expectedRevision: source.revision };

  async function run() {
    const secret = typed || freshSecret();
    await set.runAsync({ input: { ...base, sharedSecret: secret } });
    setMade(typed ? null : secret);
    setTyped("");
  }

  return (
    <>
      <Text size="sm" mb={6}>
        {configured ? (
          <>
            Set{lastFour && <> (ends in {lastFour})</>}
            {setAt && (
              <>
                , <When at={setAt} />
              </>
            )}
            . Only requests that are signed with it are taken; the write key alone opens nothing.
          </>
        ) : (
          "None. With one, senders such as Segment's Webhooks sign each request to /v1/events, and nothing else is taken, from SDKs neither: give those a source of their own."
        )}
      </Text>
      {made && (
        <ShownOnce secret={made} label="The new shared secret">
          Put it in Segment's Webhooks: Settings, Advanced, Shared Secret.
        </ShownOnce>
      )}
      {mayChange && (
        <Group gap="xs">
          <ConfirmButton
            label={configured ? "Replace the secret" : "Set a secret"}
            size="compact-sm"
            onOpen={() => setTyped("")}
            onConfirm={run}
          >
            <Text size="sm" mb="sm">
              From now on each request of {source.name} has to be signed with it. What comes signed otherwise,
              or not at all, is refused, and Segment does not send it again.
            </Text>
            <PasswordInput
              label="Shared secret"
              description="16 to 256 characters. Leave it empty to have one made, which is shown once."
              autoComplete="off"
              value={typed}
              onChange={(event) => setTyped(event.currentTarget.value)}
            />
          </ConfirmButton>
          {configured && (
            <ConfirmButton
              label="Remove the secret"
              size="compact-sm"
              danger
              onConfirm={async () => {
                await clear.runAsync({ input: { ...base, sharedSecret: null } });
                setMade(null);
              }}
            >
              <Text size="sm">
                Requests of {source.name} are then let in by its write key. What is sent to the address with
                the source's id, as Segment does, is refused.
              </Text>
            </ConfirmButton>
          )}
        </Group>
      )}
    </>
  );
}

function freshSecret(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(SECRET_BYTES));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
