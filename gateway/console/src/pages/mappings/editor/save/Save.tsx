import { Button, Group, Modal, Text } from "@mantine/core";
import { useId, useRef, useState } from "react";

import { ask, ChangeRefused, freshKey } from "../../../../api/ask.ts";
import { useChange } from "../../../../api/queries.ts";
import { Failure } from "../../../../parts/Failure.tsx";
import { unreadField } from "../../../../parts/unread.ts";
import { changesOf } from "../changes.ts";
import { blank, inputOf, savedOf } from "../draft.ts";
import {
  CreateMappingDocument,
  EditedMappingDocument,
  type EditedMappingFragment,
  UpdateMappingDocument,
} from "../editor.graphql.ts";
import { isChanged } from "../reducer.ts";
import { useEditor } from "../useEditor.ts";
import { blocksOf } from "./blocks.ts";
import { Conflict } from "./Conflict.tsx";
import classes from "./Save.module.css";
import { WhatChanges } from "./WhatChanges.tsx";

type Props = {
  isGone: boolean;
  onSaved: (mapping: EditedMappingFragment) => void;
  onRefused: (refused: ChangeRefused | null) => void;
};

/** Shows what saving changes, then saves it; where somebody else saved meanwhile, what they did. */
export function Save({ isGone, onSaved, onRefused }: Props) {
  const { state, dispatch, action } = useEditor();
  const { draft, saved } = state;
  const [isOpen, setOpen] = useState(false);
  const [theirs, setTheirs] = useState<EditedMappingFragment | null>(null);
  const key = useRef(freshKey());
  const blocksId = useId();
  // Told before all that is shown is asked for anew, in which this very change would look like somebody else's.
  const create = useChange(CreateMappingDocument, { onDone: (made) => done(made.mappingCreate.mapping) });
  const update = useChange(UpdateMappingDocument, { onDone: (made) => done(made.mappingUpdate.mapping) });
  const running = saved === null ? create : update;

  function done(made: EditedMappingFragment | null | undefined) {
    if (!made) return;
    key.current = freshKey();
    setOpen(false);
    onSaved(made);
  }

  async function save() {
    try {
      await send();
    } catch (error) {
      if (!(error instanceof ChangeRefused)) return;
      if (saved !== null && error.errors.some(({ __typename }) => __typename === "ConflictError")) {
        await showTheirs(saved.id);
      } else {
        onRefused(error);
      }
    }
  }

  async function showTheirs(id: string) {
    try {
      const { mapping } = await ask(EditedMappingDocument, { id });
      update.reset();
      setOpen(false);
      if (mapping) setTheirs(mapping);
    } catch {
      // That somebody else saved it stands in the question: it is asked for again with the next try.
    }
  }

  async function send() {
    if (saved === null) {
      const { destinationId, action } = draft;
      const input = { ...inputOf(draft), destinationId, action, idempotencyKey: key.current };
      return create.runAsync({ input });
    }
    const input = { ...inputOf(draft), id: saved.id, expectedRevision: saved.revision };
    return update.runAsync({ input });
  }

  const changes = changesOf(saved?.draft ?? blank(), draft);
  const blocks = blocksOf(state, action);
  return (
    <>
      <Text size="sm" c="dimmed" id={blocksId} role="status" className={classes.blocks}>
        {blocks.length > 0 && !isGone && `First ${blocks.join(", ")}.`}
      </Text>
      <Button
        aria-describedby={blocksId}
        disabled={isGone || blocks.length > 0 || (saved !== null && !isChanged(state))}
        onClick={() => {
          const unread = unreadField();
          if (unread) return unread.focus();
          running.reset();
          onRefused(null);
          setOpen(true);
        }}
      >
        {saved === null ? "Create" : "Save"} …
      </Button>
      <Modal
        // What was saved meanwhile, such as from here with an answer that was lost, is no question any more.
        opened={isOpen && (saved === null || isChanged(state))}
        onClose={() => setOpen(false)}
        title={saved === null ? "Create this mapping?" : `Save ${saved.draft.name}?`}
        size="xl"
      >
        <Text size="sm" mb="sm">
          {consequence(draft)}
        </Text>
        {saved !== null && <WhatChanges of={changes} label="What changes" />}
        <Failure of={running.error} title="Nothing was saved; what you wrote is kept here" />
        <Group justify="flex-end" mt="md">
          <Button variant="default" onClick={() => setOpen(false)}>
            Go on writing
          </Button>
          <Button loading={running.isRunning} onClick={save} data-autofocus>
            {saved === null ? "Create it" : "Save it"}
          </Button>
        </Group>
      </Modal>
      {theirs && saved && (
        <Conflict
          base={saved.draft}
          theirs={savedOf(theirs)}
          mine={draft}
          onClose={() => setTheirs(null)}
          onDecide={(decided) => {
            dispatch({ do: "goOnFrom", theirs: savedOf(theirs), draft: decided });
            setTheirs(null);
          }}
        />
      )}
    </>
  );
}

function consequence({ enabled, mode }: { enabled: boolean; mode: string }): string {
  if (!enabled) return "It is switched off: no event reaches it until it is enabled.";
  return mode === "SHADOW"
    ? "It is in SHADOW: from the next event on it decides and records what it would send, and sends nothing."
    : "It is live: the next event meets it as it is then, and so does what waits of it.";
}
