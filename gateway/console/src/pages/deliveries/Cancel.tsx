import { useChange } from "../../api/queries.ts";
import type { DeliveryStatus } from "../../api/schema.ts";
import { ConfirmButton } from "../../parts/ConfirmButton.tsx";
import { useMay } from "../../shell/viewer.ts";
import { CancelOneDocument } from "./delivery.graphql.ts";
import type { Whole } from "./useDelivery.ts";

const CANCELABLE: readonly DeliveryStatus[] = ["PENDING", "HELD", "RETRYING"];

/** Keeps what waits from being sent. */
export function Cancel({ delivery: { id, status, recipient, test } }: { delivery: Whole }) {
  const mayCancel = useMay("OPERATOR");
  const cancel = useChange(CancelOneDocument);
  if (!mayCancel || !CANCELABLE.includes(status)) return null;
  return (
    <ConfirmButton
      label="Cancel this text"
      size="xs"
      danger
      onConfirm={() => cancel.runAsync({ input: { id } })}
    >
      Nothing of it will be sent to {recipient || "anybody"}.{!test && " It can be replayed later."}
    </ConfirmButton>
  );
}
