import { queryClient } from "../../../../api/queries.ts";
import type { Pick } from "./pick.ts";

// In memory, and neither in the address nor in the history: an event that was pasted may name people, and is forgotten
// with the answers of the API when one signs out.
const keyOf = (mappingId: string) => ["the event that a mapping is tried with", mappingId];

/** Hands on which event a mapping was tried with while it was made. */
export const keepPick = (mappingId: string, pick: Pick) => {
  queryClient.setQueryData<Pick>(keyOf(mappingId), pick);
};

/** Which event it was tried with a moment ago; undefined where nobody handed one on. */
export const pickKept = (mappingId: string) => queryClient.getQueryData<Pick>(keyOf(mappingId));

/** It is for the editor that opens next, and for no other. */
export const forgetPick = (mappingId: string) => {
  queryClient.removeQueries({ queryKey: keyOf(mappingId), exact: true });
};
