import { Page } from "../../parts/Page.tsx";

export function People() {
  return <Page title="People">{null}</Page>;
}
