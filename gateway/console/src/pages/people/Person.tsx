import { Page } from "../../parts/Page.tsx";

export function Person() {
  return <Page title="Person">{null}</Page>;
}
