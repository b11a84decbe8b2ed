export type InboxSearch = { needsReview?: boolean; destinationId?: string; tab?: "callbacks" };

/** What the address says: which replies, or the callbacks that fit nothing. */
export function inboxSearch({ needsReview, destinationId, tab }: Record<string, unknown>): InboxSearch {
  return {
    ...(typeof needsReview === "boolean" && { needsReview }),
    ...(typeof destinationId === "string" && { destinationId }),
    ...(tab === "callbacks" && { tab }),
  };
}
