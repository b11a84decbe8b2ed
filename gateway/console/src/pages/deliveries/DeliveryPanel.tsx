import { RowPanel } from "../../parts/RowPanel.tsx";
import { DeliveryWhole } from "./DeliveryWhole.tsx";
import type { Row } from "./rows.ts";

type Props = {
  id: string | undefined;
  among: readonly Row[];
  onOpen: (id: string) => void;
  onClose: () => void;
};

/** A delivery beside the list. */
export function DeliveryPanel({ id, ...list }: Props) {
  return (
    <RowPanel name="Delivery" id={id} page={{ to: "/deliveries/$id", params: { id: id ?? "" } }} {...list}>
      {(shown) => <DeliveryWhole key={shown} id={shown} onReplayed={list.onOpen} />}
    </RowPanel>
  );
}
