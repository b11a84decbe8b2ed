import { Page } from "../../parts/Page.tsx";

export function Events() {
  return <Page title="Events">{null}</Page>;
}
