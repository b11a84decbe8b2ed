import { type ButtonProps, Text } from "@mantine/core";
import { useState } from "react";

import { useChange } from "../../api/queries.ts";
import { useFrame } from "../../shell/Navigation.tsx";
import { ConfirmButton } from "../ConfirmButton.tsx";
import { NoteInput } from "./NoteInput.tsx";
import { PauseAccountDocument, ResumeAccountDocument } from "./pausing.graphql.ts";
import { WhatWaits } from "./WhatWaits.tsx";

type Props = ButtonProps & {
  account: { id: string; name: string; paused: boolean };
  /** What the button says. */
  label?: string;
  "aria-label"?: string;
};

/** Lets what goes out through an account wait, or go on, after it said what then happens to what waits. */
export function PauseOrResume({
  account: { id, name, paused },
  label = paused ? "Resume" : "Pause",
  ...button
}: Props) {
  const isAllPaused = useFrame()?.sendingPaused ?? false;
  const [asked, setAsked] = useState<"pause" | "resume" | null>(null);
  const [note, setNote] = useState("");
  const pause = useChange(PauseAccountDocument);
  const resume = useChange(ResumeAccountDocument);
  const wasPaused = asked === "resume";
  // An account of a space that is paused counts as paused, whether it is so itself or not: alone it lets nothing go.
  if (isAllPaused)
    return (
      <Text size="sm" c="dimmed">
        Paused with everything
      </Text>
    );
  return (
    <ConfirmButton
      {...button}
      label={label}
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
