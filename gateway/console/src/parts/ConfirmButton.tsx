import { Button, type ButtonProps, Group, Modal } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { type ReactNode, useState } from "react";

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
  /** It cannot be done yet: what it asks for is not filled in, or what will happen is not known. */
  blocked?: boolean;
  /** Does it; the question closes once that ends well, and says below what went wrong. */
  onConfirm: () => Promise<unknown>;
  onOpen?: () => void;
};

/** A button that asks once, saying what will happen, before it does it. Nobody closes the question before it is answered. */
export function ConfirmButton(props: Props) {
  const {
    label,
    children,
    title = label,
    confirm = title,
    danger = false,
    blocked = false,
    onConfirm,
    onOpen,
    ...button
  } = props;
  const [open, { open: show, close }] = useDisclosure(false);
  const [isRunning, setRunning] = useState(false);
  const [error, setError] = useState<Error | null>(null);

  async function run() {
    setRunning(true);
    setError(null);
    try {
      await onConfirm();
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
        {...button}
        onClick={() => {
          setError(null);
          onOpen?.();
          show();
        }}
      >
        {label}
      </Button>
      <Modal
        opened={open}
        onClose={() => {
          if (!isRunning) close();
        }}
        title={title}
        centered
        closeButtonProps={{ "aria-label": "Close", disabled: isRunning }}
      >
        {children}
        <Failure of={error} />
        <Group justify="flex-end" mt="md">
          <Button variant="default" onClick={close} disabled={isRunning} data-autofocus>
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
