import { Button, Group } from "@mantine/core";
import type { ReactNode } from "react";

import type { useChange } from "../../api/queries.ts";
import { Failure } from "../../parts/Failure.tsx";
import { LeaveGuard } from "../../parts/LeaveGuard.tsx";
import { unreadField } from "../../parts/unread.ts";
import { Conflict } from "./Conflict.tsx";
import type { useEdit } from "./useEdit.ts";

type Change = Pick<ReturnType<typeof useChange<object, object>>, "error" | "errors" | "isRunning" | "reset">;

type Props = {
  edit: ReturnType<typeof useEdit>;
  update: Change;
  fields: readonly { key: string; label: string; secret: boolean }[];
  /** Saves what was typed over that revision. */
  onSave: (expectedRevision: number) => void;
  /** Who only reads has no buttons. */
  maySave?: boolean;
  /** What stands behind the buttons. */
  children?: ReactNode;
};

/** The end of a form of an account: what went wrong, what others saved meanwhile, and to save or discard. */
export function SaveChanges({ edit, update, fields, onSave, maySave = true, children }: Props) {
  function discard() {
    edit.reset();
    update.reset();
  }

  return (
    <>
      <Conflict
        errors={update.errors}
        theirs={fields.filter(({ key }) => edit.theirs.includes(key))}
        before={edit.base}
        now={edit.latest.values}
        onTakeTheirs={discard}
        onKeepMine={() => {
          edit.rebase();
          onSave(edit.latest.revision);
        }}
      />
      {!update.errors.some((error) => error.__typename === "ConflictError") && (
        <Failure of={update.error} title="Nothing was saved. What you typed is still here." fields={fields} />
      )}
      {maySave && (
        <Group>
          <Button type="submit" loading={update.isRunning} disabled={!edit.isDirty}>
            Save
          </Button>
          {edit.isDirty && (
            <Button variant="default" onClick={discard}>
              Discard
            </Button>
          )}
          {children}
        </Group>
      )}
      <LeaveGuard isChanged={() => edit.isDirty || unreadField() !== null} />
    </>
  );
}
