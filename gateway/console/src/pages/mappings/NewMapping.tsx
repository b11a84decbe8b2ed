import { Page } from "../../parts/Page.tsx";

export function NewMapping() {
  return <Page title="New mapping">{null}</Page>;
}
