import { SettingsPage } from "./SettingsPage.tsx";

export function Import() {
  return <SettingsPage title="Import from Segment">{null}</SettingsPage>;
}
