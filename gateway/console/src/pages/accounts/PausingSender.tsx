import type { ButtonProps } from "@mantine/core";
import { Text } from "@mantine/core";
import { useState } from "react";

import { useChange } from "../../api/queries.ts";
import { ConfirmButton } from "../../parts/ConfirmButton.tsx";
import { NoteInput } from "./Pausing.tsx";
import { PauseSenderDocument, ResumeSenderDocument, type SenderRowFragment } from "./tabs.graphql.ts";

type Props = ButtonProps & { sender: Pick<SenderRowFragment, "id" | "address" | "paused" | "active"> };

/** Stops one sender: its texts wait, and those of all others go on. */
export function PauseSender({ sender, ...button }: Props) {
  const [note, setNote] = useState("");
  const pause = useChange(PauseSenderDocument);
  return (
    <ConfirmButton
      {...button}
      label="Pause"
      confirm={`Pause ${sender.address}`}
      aria-label={`Pause ${sender.address}`}
      isRunning={pause.isRunning}
      error={pause.error}
      onConfirm={() => pause.runAsync({ input: { id: sender.id, note: note.trim() || null } })}
    >
      <Text size="sm" mb="sm">
        Nothing more goes out from {sender.address}. Its texts wait, and go on once it is resumed; what
        becomes too old for its mapping meanwhile is not sent any more. All other senders go on.
      </Text>
      <NoteInput value={note} onChange={setNote} />
    </ConfirmButton>
  );
}

/** Lets a sender go on that was paused or taken out of use. */
export function ResumeSender({ sender, ...button }: Props) {
  const resume = useChange(ResumeSenderDocument);
  return (
    <ConfirmButton
      {...button}
      label={sender.active ? "Resume" : "Use again"}
      confirm={`${sender.active ? "Resume" : "Use"} ${sender.address}${sender.active ? "" : " again"}`}
      aria-label={`${sender.active ? "Resume" : "Use again"} ${sender.address}`}
      isRunning={resume.isRunning}
      error={resume.error}
      onConfirm={() => resume.runAsync({ input: { id: sender.id } })}
    >
      <Text size="sm">
        What waits for it goes out, the oldest first, after passing every gate anew. What is too old for its
        mapping by now expires.
      </Text>
    </ConfirmButton>
  );
}
