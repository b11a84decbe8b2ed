import { useNavigate, useParams } from "@tanstack/react-router";
import { AnchorLink } from "../../parts/links.tsx";

import { Page } from "../../parts/Page.tsx";
import { DeliveryWhole } from "./DeliveryWhole.tsx";

/** One delivery whole. */
export function DeliveryPage() {
  const { id } = useParams({ from: "/deliveries/$id" });
  const navigate = useNavigate();
  return (
    <Page
      isRead
      title="Delivery"
      actions={
        <AnchorLink to="/deliveries" size="sm">
          All deliveries
        </AnchorLink>
      }
    >
      <DeliveryWhole
        key={id}
        id={id}
        isWide
        onReplayed={(made) => void navigate({ to: "/deliveries/$id", params: { id: made } })}
      />
    </Page>
  );
}
