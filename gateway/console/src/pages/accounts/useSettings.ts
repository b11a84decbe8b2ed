import { useQuery } from "@tanstack/react-query";

import { askUntyped } from "../../api/ask.ts";
import type { SettingFieldFragment } from "./new.graphql.ts";
import { type Masked, type StoredKey, settingsQuery, type Values } from "./settings.ts";

export type Loaded = {
  name: string;
  enabled: boolean;
  revision: number;
  /** As `settings` shows them: plain values, masks, lists of keys. */
  settings: Values;
};

/** The settings of an account as the API shows them now, whatever its definition. */
export function useSettings(id: string, slug: string, fields: readonly SettingFieldFragment[]) {
  const query = settingsQuery(slug, fields);
  return useQuery({
    queryKey: [query, id],
    queryFn: async (): Promise<Loaded> => {
      const { destination } = (await askUntyped(query, { id })) as { destination: Loaded | null };
      if (destination === null) throw new Error("The account is gone: somebody deleted it.");
      return destination;
    },
  });
}

export const maskedOf = (settings: Values, name: string) => settings[name] as Masked;
export const keysOf = (settings: Values, name: string) => (settings[name] ?? []) as StoredKey[];
