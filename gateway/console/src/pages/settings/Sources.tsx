import { Page } from "../../parts/Page.tsx";

export function Sources() {
  return <Page title="Sources">{null}</Page>;
}
