import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";

import { isOver, isUnderWay, useJob } from "./useJob.ts";

/** Follows a job that was begun until it is over, and has what is shown asked for anew then. */
export function useBegunJob() {
  const client = useQueryClient();
  const [id, setId] = useState<string | null>(null);
  const { job, isPending, error } = useJob(id);
  const hasEnded = isOver(job);

  useEffect(() => {
    if (hasEnded) void client.invalidateQueries();
  }, [hasEnded, client]);

  return {
    job,
    error,
    /** One that is paused, gone or can't be read is not waited for. */
    isRunning: isPending || isUnderWay(job),
    follow: (begun: { id: string } | null | undefined) => setId(begun?.id ?? null),
  };
}
