import { type ButtonProps, Text, TextInput } from "@mantine/core";
import { useState } from "react";

import { useChange } from "../../api/queries.ts";
import { ConfirmButton } from "../../parts/ConfirmButton.tsx";
import {
  type AccountStateFragment,
  PauseAccountDocument,
  ResumeAccountDocument,
} from "./accounts.graphql.ts";
import { WhatWaits } from "./WhatWaits.tsx";

type Props = ButtonProps & { account: Pick<AccountStateFragment, "id" | "name" | "paused"> };

/** Lets what goes out through an account wait, or go on, after it said what then happens to what waits. */
export function PauseOrResume({ account: { id, name, paused }, ...button }: Props) {
  const [asked, setAsked] = useState<"pause" | "resume" | null>(null);
  const [note, setNote] = useState("");
  const pause = useChange(PauseAccountDocument);
  const resume = useChange(ResumeAccountDocument);
  const wasPaused = asked === "resume";
  return (
    <ConfirmButton
      {...button}
      label={paused ? "Resume" : "Pause"}
      title={wasPaused ? `Resume ${name}` : `Pause ${name}`}
      onOpen={() => {
        setAsked(paused ? "resume" : "pause");
        setNote("");
      }}
      onConfirm={() =>
        wasPaused
          ? resume.runAsync({ input: { id } })
          : pause.runAsync({ input: { id, note: note.trim() || null } })
      }
    >
      {asked === "resume" && <WhatWaits destinationId={id} />}
      {asked === "pause" && (
        <>
          <Text size="sm" mb="sm">
            Nothing more goes out through {name}. What comes is taken and waits; what becomes too old for its
            mapping meanwhile is not sent any more.
          </Text>
          <NoteInput value={note} onChange={setNote} />
        </>
      )}
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
