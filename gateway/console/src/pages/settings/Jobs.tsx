import { Page } from "../../parts/Page.tsx";

export function Jobs() {
  return <Page title="Jobs">{null}</Page>;
}
