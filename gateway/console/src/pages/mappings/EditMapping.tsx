import { Page } from "../../parts/Page.tsx";

export function EditMapping() {
  return <Page title="Mapping">{null}</Page>;
}
