import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";

import { useAnswer } from "../../api/queries.ts";
import { JobWatchedDocument } from "./tabs.graphql.ts";

const LOOKED_AT_EVERY_MS = 500;

/** Follows a job that was begun until it ends, and has what is shown asked for anew then. */
export function useJob() {
  const client = useQueryClient();
  const [id, setId] = useState<string | null>(null);
  const [isOver, setOver] = useState(false);
  const { data, error } = useAnswer(
    JobWatchedDocument,
    { id: id ?? "" },
    { enabled: id !== null, refetchInterval: isOver ? false : LOOKED_AT_EVERY_MS },
  );
  const found = data?.node?.__typename === "Job" && data.node.id === id ? data.node : null;
  const hasEnded = found !== null && found.status !== "RUNNING";

  useEffect(() => {
    if (!hasEnded || isOver) return;
    setOver(true);
    void client.invalidateQueries();
  }, [hasEnded, isOver, client]);

  return {
    job: found,
    error,
    isRunning: id !== null && !hasEnded,
    follow(job: { id: string } | null | undefined) {
      setOver(false);
      setId(job?.id ?? null);
    },
  };
}
