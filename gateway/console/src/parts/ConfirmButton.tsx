import { Button, type ButtonProps, Group, Modal } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import type { ReactNode } from "react";

import { Failure } from "./Failure.tsx";

type Props = ButtonProps & {
  /** What is asked for, on the button. */
  label: string;
  /** What stands on top of the question, and on the button that does it; `label` if left out. */
  title?: string;
  /** What will happen, with the count. */
  children: ReactNode;
  /** What the button that does it says; `title` if left out. */
  confirm?: string;
  danger?: boolean;
  isRunning: boolean;
  error: Error | null;
  /** It cannot be done yet: what it asks for is not filled in. */
  blocked?: boolean;
  /** Does it; the question closes once that ends well. */
  onConfirm: () => Promise<unknown>;
  onOpen?: () => void;
};

/** A button that asks once, saying what will happen, before it does it. */
export function ConfirmButton(props: Props) {
  const {
    label,
    children,
    title = label,
    confirm = title,
    danger = false,
    isRunning,
    error,
    blocked = false,
    onConfirm,
    onOpen,
    ...button
  } = props;
  const [open, { open: show, close }] = useDisclosure(false);

  async function run() {
    try {
      await onConfirm();
      close();
    } catch {
      // What it said stands below the question.
    }
  }

  return (
    <>
      <Button
        variant="default"
        {...button}
        onClick={() => {
          onOpen?.();
          show();
        }}
      >
        {label}
      </Button>
      <Modal
        opened={open}
        onClose={close}
        title={title}
        centered
        closeButtonProps={{ "aria-label": "Close" }}
      >
        {children}
        <Failure of={error} />
        <Group justify="flex-end" mt="md">
          <Button variant="default" onClick={close} data-autofocus>
            Not now
          </Button>
          <Button color={danger ? "red.8" : undefined} loading={isRunning} disabled={blocked} onClick={run}>
            {confirm}
          </Button>
        </Group>
      </Modal>
    </>
  );
}
