import { useNavigate, useParams } from "@tanstack/react-router";

import { Page } from "../../parts/Page.tsx";
import { DeliveryWhole } from "./DeliveryWhole.tsx";

/** One delivery whole. */
export function DeliveryPage() {
  const { id } = useParams({ from: "/deliveries/$id" });
  const navigate = useNavigate();
  return (
    <Page isRead oneOf="deliveries" title="Delivery">
      <DeliveryWhole
        key={id}
        id={id}
        isWide
        onReplayed={(made) => void navigate({ to: "/deliveries/$id", params: { id: made } })}
      />
    </Page>
  );
}
