import { Page } from "../../parts/Page.tsx";

export function Mappings() {
  return <Page title="Mappings">{null}</Page>;
}
