import type { ButtonProps } from "@mantine/core";
import { Text, TextInput } from "@mantine/core";
import { useState } from "react";

import { useChange } from "../../api/queries.ts";
import { ConfirmButton } from "../../parts/ConfirmButton.tsx";
import {
  type AccountStateFragment,
  PauseAccountDocument,
  ResumeAccountDocument,
} from "./accounts.graphql.ts";
import { WhatWaits } from "./WhatWaits.tsx";

type Props = ButtonProps & { account: Pick<AccountStateFragment, "id" | "name"> };

/** Lets what goes out through an account wait. */
export function PauseAccount({ account, ...button }: Props) {
  const [note, setNote] = useState("");
  const pause = useChange(PauseAccountDocument);
  return (
    <ConfirmButton
      {...button}
      label="Pause"
      confirm={`Pause ${account.name}`}
      isRunning={pause.isRunning}
      error={pause.error}
      onConfirm={() => pause.runAsync({ input: { id: account.id, note: note.trim() || null } })}
    >
      <Text size="sm" mb="sm">
        Nothing more goes out through {account.name}. What comes is taken and waits; what becomes too old for
        its mapping meanwhile is not sent any more.
      </Text>
      <NoteInput value={note} onChange={setNote} />
    </ConfirmButton>
  );
}

/** Lets an account go on, after it said what then happens to what waits. */
export function ResumeAccount({ account, ...button }: Props) {
  const [isOpen, setOpen] = useState(false);
  const resume = useChange(ResumeAccountDocument);
  return (
    <ConfirmButton
      {...button}
      label="Resume"
      confirm={`Resume ${account.name}`}
      isRunning={resume.isRunning}
      error={resume.error}
      onOpen={() => setOpen(true)}
      onConfirm={() => resume.runAsync({ input: { id: account.id } })}
    >
      {isOpen && <WhatWaits destinationId={account.id} />}
    </ConfirmButton>
  );
}

/** Why it is paused, for those who wonder. */
export function NoteInput({ value, onChange }: { value: string; onChange: (note: string) => void }) {
  return (
    <TextInput
      label="Note"
      description="Why, for those who wonder: each text that waits shows it."
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
      maxLength={500}
    />
  );
}
