import { Button, Group, Stack, Switch, Text } from "@mantine/core";
import { type FormEvent, useEffect, useState } from "react";

import { useChange } from "../../../api/queries.ts";
import { Failure } from "../../../parts/Failure.tsx";
import { LeaveGuard } from "../../../parts/LeaveGuard.tsx";
import { SavedByAnother } from "./SavedByAnother.tsx";
import { NameAndTrust, OptInsAndPath, type SourceDraft } from "./SourceFields.tsx";
import { type SourcePartsFragment, SourceUpdateDocument } from "./sources.graphql.ts";

export type EditDraft = SourceDraft & { enabled: boolean };

const FIELDS = ["name", "trust", "enabled", "smsOptInTrait", "whatsappOptInTrait", "pathKeyAllowed"] as const;

/** What differs between two states of a source, by field. */
export const differing = (one: EditDraft, other: EditDraft): (keyof EditDraft)[] =>
  FIELDS.filter((field) => one[field] !== other[field]);

/** Changes a source. Where somebody else saved in between, says what differs and lets choose. */
export function EditSource({ source }: { source: SourcePartsFragment }) {
  const [base, setBase] = useState(source);
  const [draft, setDraft] = useState<EditDraft>(source);
  const update = useChange(SourceUpdateDocument, {
    onDone: ({ sourceUpdate: { source: saved } }) => {
      if (!saved) return;
      setBase(saved);
      setDraft(saved);
    },
  });
  const mine = differing(draft, base);
  const theirs = differing(source, base);

  // What was saved elsewhere is taken over where nothing that was typed is lost by it.
  useEffect(() => {
    if (source.revision <= base.revision) return;
    // Such as where it was saved from here, and the answer was lost.
    const isThere = differing(draft, source).length === 0;
    if (mine.length === 0) setDraft(source);
    if (mine.length === 0 || theirs.length === 0 || isThere) setBase(source);
  }, [source, base, draft, mine.length, theirs.length]);

  function submit(event: FormEvent) {
    event.preventDefault();
    const changed = Object.fromEntries(mine.map((field) => [field, draft[field]]));
    update.run({ input: { id: source.id, expectedRevision: base.revision, ...changed } });
  }

  function take(kept: EditDraft) {
    setBase(source);
    setDraft(kept);
    update.reset();
  }

  const fields = { draft, onChange: (changed: Partial<EditDraft>) => setDraft({ ...draft, ...changed }) };
  const isParted = source.revision > base.revision && mine.length > 0 && theirs.length > 0;
  return (
    <form onSubmit={submit}>
      <Stack gap="sm">
        <NameAndTrust {...fields} />
        {draft.trust === "SERVER" && base.trust === "BROWSER" && (
          <Text size="sm">
            Rotate the key first: whoever saw it in a page could send events that are believed.
          </Text>
        )}
        <OptInsAndPath {...fields} />
        <Switch
          label="Its events are taken"
          description="If not, they are refused, and what sends them is told so."
          checked={draft.enabled}
          onChange={(event) => setDraft({ ...draft, enabled: event.currentTarget.checked })}
        />
      </Stack>
      {isParted ? (
        <SavedByAnother
          base={base}
          saved={source}
          fields={theirs}
          onTake={() => take(source)}
          onKeep={() =>
            take({ ...source, ...Object.fromEntries(mine.map((field) => [field, draft[field]])) })
          }
        />
      ) : (
        <Failure of={update.error} title="Nothing was changed" />
      )}
      <Group mt="md">
        <Button type="submit" loading={update.isRunning} disabled={mine.length === 0 || isParted}>
          Save
        </Button>
        {mine.length > 0 && (
          <Button variant="subtle" color="gray" onClick={() => take(source)}>
            Undo
          </Button>
        )}
        {update.isDone && mine.length === 0 && (
          <Text size="sm" role="status">
            Saved
          </Text>
        )}
      </Group>
      <LeaveGuard isChanged={() => mine.length > 0} />
    </form>
  );
}
