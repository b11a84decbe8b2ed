import { type ButtonProps, Text } from "@mantine/core";
import { useState } from "react";

import { freshKey } from "../../api/ask.ts";
import { useChange } from "../../api/queries.ts";
import { useMay, useViewer } from "../../shell/viewer.ts";
import { ConfirmButton } from "../ConfirmButton.tsx";
import { NoteInput } from "./NoteInput.tsx";
import { PauseEverythingDocument, ResumeEverythingDocument } from "./pausing.graphql.ts";
import { WhatWaits } from "./WhatWaits.tsx";

type Props = ButtonProps & {
  paused: boolean;
  /** What the button says. */
  label?: string;
};

/**
 * Pauses every account of the space at once, those to come too, or lets them go on, after it said what then happens to what
 * waits.
 */
export function PauseEverything({
  paused,
  label = paused ? "Resume everything" : "Pause everything",
  ...button
}: Props) {
  const { space } = useViewer();
  const mayPause = useMay("OPERATOR");
  const [asked, setAsked] = useState<"pause" | "resume" | null>(null);
  const [note, setNote] = useState("");
  const [key, setKey] = useState(freshKey);
  const pause = useChange(PauseEverythingDocument);
  const resume = useChange(ResumeEverythingDocument);
  const wasPaused = asked === "resume";
  if (!mayPause) return null;
  return (
    <ConfirmButton
      {...button}
      label={label}
      title={wasPaused ? "Resume everything" : "Pause everything"}
      danger={!wasPaused}
      onOpen={() => {
        setAsked(paused ? "resume" : "pause");
        setNote("");
        setKey(freshKey());
      }}
      onConfirm={() =>
        wasPaused
          ? resume.runAsync({ input: { space, idempotencyKey: key } })
          : pause.runAsync({ input: { space, note: note.trim() || null, idempotencyKey: key } })
      }
    >
      {asked === "resume" && (
        <>
          <WhatWaits />
          <Text size="sm" mt="sm" c="dimmed">
            Accounts and senders that are paused themselves stay so.
          </Text>
        </>
      )}
      {asked === "pause" && (
        <>
          <Text size="sm" mb="sm">
            Nothing more goes out, through any account of this space. Events are still taken, and what they
            lead to waits; what becomes too old for its mapping meanwhile is not sent any more.
          </Text>
          <NoteInput value={note} onChange={setNote} />
        </>
      )}
    </ConfirmButton>
  );
}
