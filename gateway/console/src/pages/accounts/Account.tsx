import { Page } from "../../parts/Page.tsx";

export function Account() {
  return <Page title="Account">{null}</Page>;
}
