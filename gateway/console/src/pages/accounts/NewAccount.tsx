import { Page } from "../../parts/Page.tsx";

export function NewAccount() {
  return <Page title="Add an account">{null}</Page>;
}
