import { Stack, Text } from "@mantine/core";
import type { ReactNode } from "react";

/** There is nothing here: why, and the next step, which is offered where it can be taken. */
export function Empty({
  title,
  children,
  action,
}: {
  title: string;
  children?: ReactNode;
  action?: ReactNode;
}) {
  return (
    <Stack align="center" gap="xs" py={48} px="md" ta="center">
      <Text fw={600}>{title}</Text>
      {children && (
        <Text size="sm" c="dimmed" maw={520} component="div">
          {children}
        </Text>
      )}
      {action}
    </Stack>
  );
}
