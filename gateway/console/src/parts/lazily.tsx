import { Button, Group, Text } from "@mantine/core";
import { type ComponentType, type LazyExoticComponent, lazy } from "react";

import { fetched } from "../api/code.ts";

/**
 * A component whose code comes once it is wanted. Where the server has it no more, since another version runs there by now,
 * that stands in its place, and all else of the page stays.
 */
export function lazily<Props extends object>(
  load: () => Promise<{ default: ComponentType<Props> }>,
): LazyExoticComponent<ComponentType<Props>> {
  return lazy(() => fetched(load).catch(() => ({ default: Outdated })));
}

function Outdated() {
  return (
    <Group gap="xs" role="alert">
      <Text size="sm">The gateway was upgraded meanwhile, and this part belongs to the version before.</Text>
      <Button size="compact-sm" variant="default" onClick={() => location.reload()}>
        Load the page anew
      </Button>
    </Group>
  );
}
