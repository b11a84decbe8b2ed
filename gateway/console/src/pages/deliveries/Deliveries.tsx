import { Page } from "../../parts/Page.tsx";

export function Deliveries() {
  return <Page title="Deliveries">{null}</Page>;
}
