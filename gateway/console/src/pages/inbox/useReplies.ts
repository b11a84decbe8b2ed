import { useState } from "react";

import { useAnswer, useRows } from "../../api/queries.ts";
import { NewestRepliesDocument, RepliesDocument, type ReplyPartsFragment } from "./inbox.graphql.ts";

const PAGE = 25;
const REFRESH_MS = 5_000;

type Asked = { needsReview?: boolean; destinationId?: string };
type Placed = { id: string; receivedAt: string };

/** Its place in the list: a later one comes first. */
const placeOf = ({ receivedAt, id }: Placed): string => `${receivedAt} ${id}`;

/**
 * The replies as they are read: what comes meanwhile is counted, and comes in when it is asked for. One that was
 * decided here stays where it is, with what was said of it, though the list has it no more.
 */
export function useReplies(asked: Asked) {
  const list = useRows(RepliesDocument, { first: PAGE, ...asked }, (answer) => answer.inboundMessages);
  const newest = useAnswer(NewestRepliesDocument, { first: PAGE, ...asked }, { refetchInterval: REFRESH_MS });
  const [top, setTop] = useState<string | null>(null);
  const [decided, setDecided] = useState<readonly ReplyPartsFragment[]>([]);

  const first = list.rows[0];
  // Where nothing was shown, nothing is moved by what comes.
  if (top === null && first) setTop(placeOf(first));
  const known = new Set(decided.map((one) => one.id));
  const rows = [...list.rows.filter((one) => !known.has(one.id)), ...decided]
    .filter((one) => top === null || placeOf(one) <= top)
    .sort((one, other) => placeOf(other).localeCompare(placeOf(one)));
  const fresh = (newest.data?.inboundMessages.edges ?? []).filter(
    ({ node }) => placeOf(node) > (top ?? ""),
  ).length;

  return {
    ...list,
    rows,
    fresh: list.isPending ? 0 : fresh,
    /** As many as were asked for are new: there may be more. */
    isMany: fresh === PAGE,
    showFresh: () => {
      setTop(null);
      setDecided([]);
      list.restart();
    },
    isDecided: (id: string) => known.has(id),
    decide: (message: ReplyPartsFragment) =>
      setDecided((now) => [...now.filter((one) => one.id !== message.id), message]),
  };
}
