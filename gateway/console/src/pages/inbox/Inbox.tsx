import { Page } from "../../parts/Page.tsx";

export function Inbox() {
  return <Page title="Inbox">{null}</Page>;
}
