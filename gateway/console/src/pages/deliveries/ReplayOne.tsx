import { Checkbox, Text } from "@mantine/core";
import { useRef, useState } from "react";

import { freshKey } from "../../api/ask.ts";
import { useChange } from "../../api/queries.ts";
import type { DeliveryStatus } from "../../api/schema.ts";
import { ConfirmButton } from "../../parts/ConfirmButton.tsx";
import { useMay } from "../../shell/viewer.ts";
import { ReplayOneDocument } from "./delivery.graphql.ts";
import { Forecast } from "./Forecast.tsx";
import type { Whole } from "./useDelivery.ts";

const UNSENT: readonly DeliveryStatus[] = ["SUPPRESSED", "REJECTED", "EXPIRED", "CANCELED"];
const MAYBE_SENT: readonly DeliveryStatus[] = ["ACCEPTED", "EXPIRED"];

/** Sends it again, after it was said what would become of it. What may have been sent already takes an ADMIN and a tick. */
export function ReplayOne({ delivery, onReplayed }: { delivery: Whole; onReplayed: (id: string) => void }) {
  const mayReplay = useMay("OPERATOR");
  const mayRepeat = useMay("ADMIN");
  const key = useRef(freshKey());
  const [repeat, setRepeat] = useState(false);
  const replay = useChange(ReplayOneDocument, {
    onDone({ deliveryReplay }) {
      key.current = freshKey();
      if (deliveryReplay.delivery) onReplayed(deliveryReplay.delivery.id);
    },
  });

  const { id, status, test, mapping, event } = delivery;
  const canRepeat = mayRepeat && MAYBE_SENT.includes(status);
  const isKnown = event && !event.payloadRemovedAt && mapping && !mapping.deletedAt;
  if (!mayReplay || test || !isKnown || !(UNSENT.includes(status) || canRepeat)) return null;
  // The API refuses both: nothing would be sent.
  if (!mapping.enabled || mapping.mode === "SHADOW") return null;
  const includeAccepted = canRepeat && repeat;

  return (
    <ConfirmButton
      label="Replay"
      confirm="Replay it now"
      size="xs"
      blocked={status === "ACCEPTED" && !repeat}
      onConfirm={() => replay.runAsync({ input: { id, idempotencyKey: key.current, includeAccepted } })}
    >
      <Text size="sm" mb="sm">
        A new delivery is made of the same event, to the same person, with the mapping as it is now.
      </Text>
      <Forecast mapping={mapping} eventId={event.id} />
      {canRepeat && (
        <Checkbox
          mt="md"
          checked={repeat}
          onChange={(change) => setRepeat(change.currentTarget.checked)}
          label={
            status === "ACCEPTED"
              ? "The provider took a text of it already: send a second one"
              : "There may be a text of it already: send it all the same"
          }
        />
      )}
    </ConfirmButton>
  );
}
