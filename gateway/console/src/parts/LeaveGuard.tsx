import { Button, Group, Modal, Text } from "@mantine/core";
import { useBlocker } from "@tanstack/react-router";

type Place = { pathname: string; search: object };

/** What of an address, beside its path, says where one is: all else of it, such as a filter, leaves a form where it is. */
const PARTS = ["tab", "open"];

/** Asks before unsaved changes are lost, whichever way somebody leaves: to another page, another tab or out of a panel. */
export function LeaveGuard({ isChanged }: { isChanged: () => boolean }) {
  const { status, proceed, reset } = useBlocker({
    shouldBlockFn: ({ current, next }) => isElsewhere(current, next) && isChanged(),
    enableBeforeUnload: isChanged,
    withResolver: true,
  });
  const stay = () => reset?.();
  return (
    <Modal
      opened={status === "blocked"}
      onClose={stay}
      title="Leave without saving?"
      centered
      // It hears an Escape of its own alone: the one that closes a panel, and is why it asks, would answer it at once.
      closeOnEscape={false}
      onKeyDown={(event) => event.key === "Escape" && stay()}
    >
      <Text size="sm">What you changed here is not saved, and is lost when you leave.</Text>
      <Group justify="flex-end" mt="md">
        <Button variant="default" onClick={stay} data-autofocus>
          Stay
        </Button>
        <Button color="red.8" onClick={() => proceed?.()}>
          Leave
        </Button>
      </Group>
    </Modal>
  );
}

function isElsewhere(current: Place, next: Place): boolean {
  const [from, to] = [current.search, next.search] as Record<string, unknown>[];
  return current.pathname !== next.pathname || PARTS.some((part) => from?.[part] !== to?.[part]);
}
