import { Alert, Button, Group, List, Text } from "@mantine/core";

import type { UserErrorPartsFragment } from "../../api/user_error.graphql.ts";
import type { Values } from "./settings.ts";

type Props = {
  errors: readonly UserErrorPartsFragment[];
  /** The names of what others changed, for people, by key. */
  theirs: readonly { key: string; label: string; secret: boolean }[];
  before: Values;
  now: Values;
  onTakeTheirs: () => void;
  onKeepMine: () => void;
};

/** Somebody else saved meanwhile: what differs, and what to do with what was typed. */
export function Conflict({ errors, theirs, before, now, onTakeTheirs, onKeepMine }: Props) {
  if (!errors.some((error) => error.__typename === "ConflictError")) return null;
  return (
    <Alert color="amber" variant="light" role="alert" title="Somebody else saved meanwhile" my="xs">
      <Text size="sm" c="inherit">
        Nothing of yours was saved yet, and it is still here.
        {theirs.length === 0 && " What they changed is none of what this form shows."}
      </Text>
      {theirs.length > 0 && (
        <List size="sm" my={6}>
          {theirs.map(({ key, label, secret }) => (
            <List.Item key={key}>
              {label}: {secret ? "another one" : `${written(before[key])} → ${written(now[key])}`}
            </List.Item>
          ))}
        </List>
      )}
      <Group gap="xs" mt="xs">
        <Button size="compact-sm" variant="default" onClick={onTakeTheirs}>
          Load theirs
        </Button>
        <Button size="compact-sm" onClick={onKeepMine}>
          Save mine on top
        </Button>
      </Group>
    </Alert>
  );
}

function written(value: unknown): string {
  if (value == null || value === "") return "nothing";
  return typeof value === "string" ? value : JSON.stringify(value);
}
