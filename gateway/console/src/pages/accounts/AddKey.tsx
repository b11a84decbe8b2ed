import { Button, Group, Modal, PasswordInput, Stack, Text, TextInput } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { type FormEvent, useState } from "react";

import { freshKey } from "../../api/ask.ts";
import { Failure } from "../../parts/Failure.tsx";
import { isSame } from "./settings.ts";

export type KeyGiven = { sid: string; secret: string; label: string | null; idempotencyKey: string };

type Props = {
  one: string;
  hasSid: boolean;
  onAdd: (given: KeyGiven) => Promise<unknown>;
};

const NOTHING = { sid: "", secret: "", label: "" };

/** The first step of a rotation: the new key, which the provider is asked about. */
export function AddKey({ one, hasSid, onAdd }: Props) {
  const [given, setGiven] = useState(NOTHING);
  const [isRunning, setRunning] = useState(false);
  const [error, setError] = useState<Error | null>(null);
  const [open, { open: show, close }] = useDisclosure(false, { onClose: () => setGiven(NOTHING) });
  const [key, setKey] = useState(freshKey);

  function type(part: Partial<typeof NOTHING>) {
    setGiven({ ...given, ...part });
    setKey(freshKey());
  }

  async function add(event: FormEvent) {
    event.preventDefault();
    setRunning(true);
    setError(null);
    try {
      await onAdd({
        sid: given.sid.trim(),
        secret: given.secret,
        label: given.label.trim() || null,
        idempotencyKey: key,
      });
      close();
    } catch (thrown) {
      setError(thrown as Error);
    } finally {
      setRunning(false);
    }
  }

  return (
    <>
      <Button
        variant="default"
        onClick={() => {
          setError(null);
          show();
        }}
      >
        Add an {one}
      </Button>
      <Modal
        opened={open}
        onClose={() => {
          if (!isRunning) close();
        }}
        title={`Add an ${one}`}
        centered
        closeButtonProps={{ "aria-label": "Close", disabled: isRunning }}
        closeOnClickOutside={isSame(given, NOTHING)}
        closeOnEscape={isSame(given, NOTHING)}
      >
        <form onSubmit={add}>
          <Stack gap="sm">
            <Text size="sm">
              Make it in the provider's console first. Nothing is sent with it until you promote it.
            </Text>
            {hasSid && (
              <TextInput
                label="SID"
                value={given.sid}
                onChange={(event) => type({ sid: event.currentTarget.value })}
                required
                autoComplete="off"
                spellCheck={false}
                data-autofocus
              />
            )}
            <PasswordInput
              label={hasSid ? "Secret" : one}
              value={given.secret}
              onChange={(event) => type({ secret: event.currentTarget.value })}
              required
              autoComplete="new-password"
              visibilityToggleButtonProps={{ "aria-label": "Show it" }}
              data-autofocus={hasSid ? undefined : true}
            />
            <TextInput
              label="Label"
              description="A name for people, such as where it is used."
              value={given.label}
              onChange={(event) => type({ label: event.currentTarget.value })}
              autoComplete="off"
            />
            <Failure of={error} title="It was not added" />
            <Group justify="flex-end">
              <Button variant="default" onClick={close} disabled={isRunning}>
                Not now
              </Button>
              <Button type="submit" loading={isRunning}>
                Check and add
              </Button>
            </Group>
          </Stack>
        </form>
      </Modal>
    </>
  );
}
