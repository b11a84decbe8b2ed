import { type ButtonProps, Text } from "@mantine/core";
import { useState } from "react";

import { useChange } from "../../api/queries.ts";
import { ConfirmButton } from "../../parts/ConfirmButton.tsx";
import { NoteInput } from "../../parts/pausing/NoteInput.tsx";
import { PauseSenderDocument, ResumeSenderDocument, type SenderRowFragment } from "./tabs.graphql.ts";

type Props = ButtonProps & { sender: Pick<SenderRowFragment, "id" | "address" | "paused" | "active"> };

/** Stops one sender, whose texts then wait while those of all others go on; or lets it go on. */
export function StopOrGo({ sender: { id, address, paused, active }, ...button }: Props) {
  const now = active ? (paused ? "Resume" : "Pause") : "Use again";
  const [asked, setAsked] = useState(now);
  const [note, setNote] = useState("");
  const pause = useChange(PauseSenderDocument);
  const resume = useChange(ResumeSenderDocument);
  const isPause = asked === "Pause";
  return (
    <ConfirmButton
      {...button}
      label={now}
      aria-label={`${now} ${address}`}
      title={`${asked} ${address}`}
      onOpen={() => {
        setAsked(now);
        setNote("");
      }}
      onConfirm={() =>
        isPause
          ? pause.runAsync({ input: { id, note: note.trim() || null } })
          : resume.runAsync({ input: { id } })
      }
    >
      {isPause ? (
        <>
          <Text size="sm" mb="sm">
            Nothing more goes out from {address}. Its texts wait, and go on once it is resumed; what becomes
            too old for its mapping meanwhile is not sent any more. All other senders go on.
          </Text>
          <NoteInput value={note} onChange={setNote} />
        </>
      ) : (
        <Text size="sm">
          What waits for it goes out, the oldest first, after passing every gate anew; while its account is
          paused, it waits on. What is too old for its mapping by now expires.
        </Text>
      )}
    </ConfirmButton>
  );
}
