import { Loader } from "@mantine/core";

import { Failure } from "../../parts/Failure.tsx";
import { useMay } from "../../shell/viewer.ts";
import { SettingsForm } from "./SettingsForm.tsx";
import { SettingsShown } from "./SettingsShown.tsx";
import type { AccountWhole } from "./shapes.ts";
import { useSettings } from "./useSettings.ts";

/** What the owner of an account filled in, to be changed by an admin and read by others. */
export function Settings({ account }: { account: AccountWhole }) {
  const isAdmin = useMay("ADMIN");
  const { slug, settingsFields } = account.definition;
  const { data, error } = useSettings(account.id, slug, settingsFields);
  if (error && !data) return <Failure of={error} title="The settings could not be read" />;
  if (!data) return <Loader aria-label="Loading" aria-busy="true" />;
  return isAdmin ? (
    <SettingsForm account={account} loaded={data} />
  ) : (
    <SettingsShown fields={settingsFields} settings={data.settings} />
  );
}
