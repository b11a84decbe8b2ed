import { Page } from "../../parts/Page.tsx";

export function ConsentImport() {
  return <Page title="Consent import">{null}</Page>;
}
