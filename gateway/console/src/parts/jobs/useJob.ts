import { useQuery } from "@tanstack/react-query";

import { ask } from "../../api/ask.ts";
import { heldOff, keyOf } from "../../api/queries.ts";
import { type JobPartsFragment, OneJobDocument } from "./jobs.graphql.ts";

const ASKED_EVERY_MS = 500;
/** Of one that is paused: somebody else may resume it. */
const LOOKED_EVERY_MS = 5_000;

/** Whether a job is worked on. */
export const isUnderWay = (job: { status: string } | null | undefined): boolean => job?.status === "RUNNING";

/** Whether nothing becomes of a job any more. One that is paused may go on. */
export const isOver = (job: { status: string } | null | undefined): boolean =>
  job != null && !isUnderWay(job) && job.status !== "PAUSED";

/** The job of that id, looked at again until it is over; null where there is none. */
export function useJob(id: string | null | undefined) {
  const query = useQuery({
    queryKey: keyOf(OneJobDocument, { id: id ?? "" }),
    queryFn: async ({ signal }) => {
      const { node } = await ask(OneJobDocument, { id: id ?? "" }, signal);
      return node && "kind" in node ? (node as JobPartsFragment) : null;
    },
    enabled: Boolean(id),
    placeholderData: undefined,
    refetchInterval: ({ state: { data, error } }) => {
      if (isOver(data) || data === null) return false;
      return heldOff(error) ?? (isUnderWay(data) ? ASKED_EVERY_MS : LOOKED_EVERY_MS);
    },
  });
  const job: JobPartsFragment | null = (id && query.data) || null;
  return { job, isPending: query.isPending && Boolean(id), error: query.error };
}
