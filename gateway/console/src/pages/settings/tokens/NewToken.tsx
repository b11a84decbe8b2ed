import { Button, Group, Modal, Radio, Stack, Text, TextInput } from "@mantine/core";
import { type FormEvent, useRef, useState } from "react";

import { freshKey } from "../../../api/ask.ts";
import { useChange } from "../../../api/queries.ts";
import type { Role } from "../../../api/request.ts";
import { WORDS } from "../../../api/words.ts";
import { Failure } from "../../../parts/Failure.tsx";
import { ShownOnce } from "../../../parts/ShownOnce.tsx";
import { spelled } from "../../../parts/words.ts";
import { useViewer } from "../../../shell/viewer.ts";
import { TokenCreateDocument, type TokenCreateMutation } from "./tokens.graphql.ts";

const ROLES: Role[] = ["VIEWER", "READER", "OPERATOR", "ADMIN"];

type Made = TokenCreateMutation["apiTokenCreate"];

/** Makes a token, then shows it once. */
export function NewToken({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const [made, setMade] = useState<Made | null>(null);
  const [isTouched, setTouched] = useState(false);

  function close() {
    onClose();
    setMade(null);
    setTouched(false);
  }

  return (
    <Modal
      opened={opened}
      onClose={close}
      title={made ? `The token for ${made.apiToken?.name} is made` : "New token"}
      closeOnClickOutside={made === null && !isTouched}
      closeOnEscape={made === null && !isTouched}
    >
      {made ? (
        <>
          {!made.token && (
            <Text size="sm" role="status">
              An earlier try had made it, and its answer was lost on the way, the token with it. Revoke it,
              and make another.
            </Text>
          )}
          {made.token && (
            <ShownOnce secret={made.token} label="The token">
              Whoever has it may do what the role {made.apiToken && spelled(made.apiToken.role)} may. Programs
              send it as <code>Authorization: Bearer …</code>; people sign in here with it.
            </ShownOnce>
          )}
          <Group justify="flex-end" mt="md">
            <Button onClick={close}>{made.token ? "I have the token" : "Close"}</Button>
          </Group>
        </>
      ) : (
        <Form onType={() => setTouched(true)} onMade={setMade} />
      )}
    </Modal>
  );
}

function Form({ onType, onMade }: { onType: () => void; onMade: (made: Made) => void }) {
  const { space } = useViewer();
  const [name, setName] = useState("");
  const [role, setRole] = useState<Role>("READER");
  const idempotencyKey = useRef(freshKey());
  const create = useChange(TokenCreateDocument, {
    onDone: ({ apiTokenCreate }) => onMade(apiTokenCreate),
    onLeft: ({ apiTokenCreate: { apiToken } }) =>
      apiToken &&
      `The token for ${apiToken.name} is made, and was shown to nobody: revoke it, and make another.`,
  });

  function submit(event: FormEvent) {
    event.preventDefault();
    create.run({ input: { name, role, space, idempotencyKey: idempotencyKey.current } });
  }

  return (
    <form onSubmit={submit}>
      <Stack gap="sm">
        <TextInput
          label="Who or what it is for"
          description="Such as “Ann, support”. The audit log names it so."
          required
          data-autofocus
          autoComplete="off"
          value={name}
          onChange={(event) => {
            idempotencyKey.current = freshKey();
            onType();
            setName(event.currentTarget.value);
          }}
        />
        <Radio.Group
          label="Role"
          value={role}
          onChange={(value) => {
            idempotencyKey.current = freshKey();
            setRole(value as Role);
          }}
        >
          <Stack gap="xs" mt={6}>
            {ROLES.map((one) => (
              <Radio key={one} value={one} label={spelled(one)} description={WORDS.Role[one]} />
            ))}
          </Stack>
        </Radio.Group>
      </Stack>
      <Failure of={create.error} title="The token was not made" />
      <Group justify="flex-end" mt="md">
        <Button type="submit" loading={create.isRunning}>
          Make the token
        </Button>
      </Group>
    </form>
  );
}
