import { Alert, Button, Group, List, Text } from "@mantine/core";

import { TRUST_NAMES } from "../../../parts/SourceTags.tsx";
import type { EditDraft } from "./EditSource.tsx";
import { NAMES } from "./names.ts";

type Props = {
  base: EditDraft;
  saved: EditDraft;
  /** What they changed. */
  fields: readonly (keyof EditDraft)[];
  onTake: () => void;
  onKeep: () => void;
};

/** Somebody saved since the form was opened: what they changed, and whose is to be kept. */
export function SavedByAnother({ base, saved, fields, onTake, onKeep }: Props) {
  return (
    <Alert color="amber" variant="light" role="alert" mt="md" title="Somebody else saved this source">
      <Text size="sm" c="inherit">
        Nothing of yours was saved yet. They changed:
      </Text>
      <List size="sm" my={6}>
        {fields.map((field) => (
          <List.Item key={field}>
            {NAMES[field]}: {said(base[field])} → {said(saved[field])}
          </List.Item>
        ))}
      </List>
      <Group gap="xs">
        <Button size="compact-sm" variant="default" onClick={onTake}>
          Load theirs
        </Button>
        <Button size="compact-sm" variant="default" onClick={onKeep}>
          Keep my changes on top
        </Button>
      </Group>
    </Alert>
  );
}

function said(value: string | boolean): string {
  if (typeof value === "boolean") return value ? "yes" : "no";
  return value === "SERVER" || value === "BROWSER" ? TRUST_NAMES[value] : `“${value}”`;
}
