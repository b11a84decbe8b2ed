import { useState } from "react";

import { useAnswer, useRows } from "../../api/queries.ts";
import { newestFirst, useStillRows } from "../../parts/useStillRows.ts";
import { NewestRepliesDocument, RepliesDocument, type ReplyPartsFragment } from "./inbox.graphql.ts";

const PAGE = 25;
const REFRESH_MS = 5_000;
const ORDER = newestFirst<ReplyPartsFragment>((message) => message.receivedAt);

type Asked = { needsReview?: boolean; destinationId?: string };

/**
 * The replies, with what comes meanwhile, which stand still while they are read. One that was decided here stays where
 * it is, with what was said of it, though the list has it no more.
 */
export function useReplies(asked: Asked, isReading: boolean) {
  const list = useRows(RepliesDocument, { first: PAGE, ...asked }, (answer) => answer.inboundMessages, {
    // What somebody else decided wants no look any more, and only the list as a whole says so.
    refetchInterval: asked.needsReview ? REFRESH_MS : false,
  });
  const newest = useAnswer(NewestRepliesDocument, { first: PAGE, ...asked }, { refetchInterval: REFRESH_MS });
  const [decided, setDecided] = useState<ReadonlyMap<string, ReplyPartsFragment>>(new Map());

  const came = newest.data?.inboundMessages.edges.map(({ node }) => [node.id, node] as const) ?? [];
  const still = useStillRows<ReplyPartsFragment>(list, new Map([...came, ...decided]), {
    key: `${asked.needsReview}-${asked.destinationId}`,
    order: ORDER,
    isNewer: (row, known) => row.answer !== known.answer || row.needsReview !== known.needsReview,
    isReading: isReading || decided.size > 0,
  });

  return {
    list: { ...list, error: list.error ?? newest.error },
    ...still,
    showFresh() {
      setDecided(new Map());
      still.showFresh();
    },
    isDecided: (id: string) => decided.has(id),
    decide: (message: ReplyPartsFragment) => setDecided((now) => new Map([...now, [message.id, message]])),
  };
}
