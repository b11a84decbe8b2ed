import { useQueryClient } from "@tanstack/react-query";

import { useLive } from "../../api/live.ts";
import { AccountChangedDocument } from "./accounts.graphql.ts";

/** Has what is shown asked for anew as soon as an account, or that one, stands differently. */
export function useAccountChanges(id: string | null = null) {
  const client = useQueryClient();
  return useLive(AccountChangedDocument, { id }, () => void client.invalidateQueries());
}
