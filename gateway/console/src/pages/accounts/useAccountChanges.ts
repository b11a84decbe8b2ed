import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef } from "react";

import { useLive } from "../../api/live.ts";
import { AccountChangedDocument } from "./accounts.graphql.ts";

/** Has what is shown asked for anew as soon as an account, or that one, stands differently. */
export function useAccountChanges(id: string | null = null) {
  const client = useQueryClient();
  const state = useLive(AccountChangedDocument, { id }, () => void client.invalidateQueries());
  const wasLive = useRef(false);

  // What changed while nobody listened is told by nobody.
  useEffect(() => {
    if (state !== "live") return;
    if (wasLive.current) void client.invalidateQueries();
    wasLive.current = true;
  }, [state, client]);

  return state;
}
