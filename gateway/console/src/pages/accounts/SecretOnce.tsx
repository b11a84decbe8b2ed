import { Button, Group, Modal, Text } from "@mantine/core";
import type { ReactNode } from "react";

import { CopyText } from "../../parts/CopyText.tsx";

type Props = { title: string; secret: string | null; children: ReactNode; onDone: () => void };

/** A secret that was just made: shown this once, and gone from the page with the window. */
export function SecretOnce({ title, secret, children, onDone }: Props) {
  return (
    <Modal
      opened={secret !== null}
      onClose={onDone}
      title={title}
      centered
      closeOnClickOutside={false}
      closeButtonProps={{ "aria-label": "Close" }}
    >
      <Text size="sm" mb="sm">
        {children}
      </Text>
      {secret !== null && <CopyText text={secret} label={title} />}
      <Group justify="flex-end" mt="md">
        <Button onClick={onDone}>I have kept it</Button>
      </Group>
    </Modal>
  );
}
