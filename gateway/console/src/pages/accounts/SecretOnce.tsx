import { Button, Group, Modal } from "@mantine/core";
import type { ReactNode } from "react";

import { ShownOnce } from "../../parts/ShownOnce.tsx";

type Props = { title: string; secret: string | null; children: ReactNode; onDone: () => void };

/** A secret that was just made, in a window that no stray click or key closes: it is gone from the page with it. */
export function SecretOnce({ title, secret, children, onDone }: Props) {
  return (
    <Modal
      opened={secret !== null}
      onClose={onDone}
      title={title}
      centered
      closeOnClickOutside={false}
      closeOnEscape={false}
      // It would have the focus: the next Enter would take the secret away.
      withCloseButton={false}
    >
      {secret !== null && (
        <ShownOnce secret={secret} label={title}>
          {children}
        </ShownOnce>
      )}
      <Group justify="flex-end" mt="md">
        <Button onClick={onDone}>I have kept it</Button>
      </Group>
    </Modal>
  );
}
