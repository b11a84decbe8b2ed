import { Button } from "@mantine/core";
import { useEffect, useState } from "react";

import { same, savedOf } from "../draft.ts";
import type { EditedMappingFragment } from "../editor.graphql.ts";
import { isChanged, isUnread } from "../reducer.ts";
import { useEditor } from "../useEditor.ts";
import { Conflict } from "./Conflict.tsx";
import classes from "./Save.module.css";

/** Somebody else saved or deleted what is open here: it is shown as it is now, or, where something is unsaved, said. */
export function SavedMeanwhile({ now, isGone }: { now: EditedMappingFragment | null; isGone: boolean }) {
  const { state, dispatch } = useEditor();
  const [isOpen, setOpen] = useState(false);
  const { saved, draft } = state;
  const isNewer = now !== null && saved !== null && now.id === saved.id && now.revision > saved.revision;
  // What is written here may have been saved from here, and the answer been lost.
  const isUntouched =
    !isChanged(state) || (now !== null && !isUnread(state) && same(savedOf(now).draft, draft));

  useEffect(() => {
    if (isNewer && isUntouched) dispatch({ do: "saved", saved: savedOf(now) });
  }, [isNewer, isUntouched, now, dispatch]);

  if (isGone)
    return (
      <div className={classes.notice} role="alert">
        Somebody deleted this mapping. What you see is kept here, and can't be saved any more: copy what you
        want to keep into a new one.
      </div>
    );
  if (!isNewer || isUntouched) return null;
  return (
    <div className={classes.notice} role="status">
      <span>Somebody else saved this mapping while you were writing. What you wrote is kept.</span>
      <Button size="compact-sm" variant="default" onClick={() => setOpen(true)}>
        See what they changed
      </Button>
      {isOpen && (
        <Conflict
          base={saved.draft}
          theirs={savedOf(now)}
          mine={draft}
          onClose={() => setOpen(false)}
          onDecide={(decided) => {
            dispatch({ do: "goOnFrom", theirs: savedOf(now), draft: decided });
            setOpen(false);
          }}
        />
      )}
    </div>
  );
}
