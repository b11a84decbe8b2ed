import { Page } from "../../parts/Page.tsx";

export function Accounts() {
  return <Page title="Accounts">{null}</Page>;
}
