import { Text } from "@mantine/core";
import { useState } from "react";

import { freshKey } from "../../api/ask.ts";
import { useChange } from "../../api/queries.ts";
import { ConfirmButton } from "../../parts/ConfirmButton.tsx";
import { useMay, useViewer } from "../../shell/viewer.ts";
import { PauseEverythingDocument, ResumeEverythingDocument } from "./accounts.graphql.ts";
import { NoteInput } from "./Pausing.tsx";
import { WhatWaits } from "./WhatWaits.tsx";

/** Pauses every account of the space at once, those to come too, or lets them go on. */
export function PauseEverything({ paused }: { paused: boolean }) {
  const { space } = useViewer();
  const mayPause = useMay("OPERATOR");
  const [isOpen, setOpen] = useState(false);
  const [note, setNote] = useState("");
  const [key, setKey] = useState(freshKey);
  const renew = () => setKey(freshKey());
  const pause = useChange(PauseEverythingDocument, { onDone: renew });
  const resume = useChange(ResumeEverythingDocument, { onDone: renew });
  if (!mayPause) return null;
  if (paused)
    return (
      <ConfirmButton
        key="resume"
        label="Resume everything"
        isRunning={resume.isRunning}
        error={resume.error}
        onOpen={() => setOpen(true)}
        onConfirm={() => resume.runAsync({ input: { space, idempotencyKey: key } })}
      >
        {isOpen && <WhatWaits />}
        <Text size="sm" mt="sm" c="dimmed">
          Accounts and senders that are paused themselves stay so.
        </Text>
      </ConfirmButton>
    );
  return (
    <ConfirmButton
      key="pause"
      label="Pause everything"
      danger
      isRunning={pause.isRunning}
      error={pause.error}
      onConfirm={() => pause.runAsync({ input: { space, note: note.trim() || null, idempotencyKey: key } })}
    >
      <Text size="sm" mb="sm">
        Nothing more goes out, through any account of this space. Events are still taken, and what they lead
        to waits; what becomes too old for its mapping meanwhile is not sent any more.
      </Text>
      <NoteInput value={note} onChange={setNote} />
    </ConfirmButton>
  );
}
