import { useQuery } from "@tanstack/react-query";

import { ask, askUntyped } from "../../../api/ask.ts";
import { settingsQuery } from "../../accounts/settings.ts";
import type { Loaded } from "../../accounts/useSettings.ts";
import { TestedAccountDocument } from "./webhooks.graphql.ts";

const ADDRESS = "webhookUrl";

/** Whether an account has an address to which something can be sent; undefined until that is known. */
export function useHasAddress(id: string, enabled: boolean): boolean | undefined {
  return useQuery({
    queryKey: ["webhook address", id],
    queryFn: () => hasAddress(id),
    placeholderData: undefined,
    enabled,
  }).data;
}

async function hasAddress(id: string): Promise<boolean> {
  const { destination } = await ask(TestedAccountDocument, { id });
  const fields = destination?.definition.settingsFields.filter(({ key }) => key === ADDRESS) ?? [];
  if (!destination || fields.length === 0) return false;
  const found = await askUntyped(settingsQuery(destination.definition.slug, fields), { id });
  return Boolean((found.destination as Loaded | null)?.settings[ADDRESS]);
}
