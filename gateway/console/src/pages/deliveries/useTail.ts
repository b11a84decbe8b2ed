import { useEffect, useRef, useState } from "react";

import { type LiveState, useLive } from "../../api/live.ts";
import type { DeliveryFilterInput } from "../../api/schema.ts";
import {
  type DeliveryRowFragment,
  DeliveryTailDocument,
  type DeliveryTailSubscription,
  type DeliveryTailSubscriptionVariables,
} from "./deliveries.graphql.ts";

const DRAWN_EVERY_MS = 250;
const MOST_KEPT = 1_000;

export type LiveRows = ReadonlyMap<string, DeliveryRowFragment>;

const NONE: LiveRows = new Map();

/**
 * What became of deliveries since the list was asked for, by their ids: drawn a few times a second, however much
 * happens. `onGap` is called where something may have been missed, so that the list is asked for anew.
 */
export function useTail(
  filter: DeliveryFilterInput,
  onGap: () => void,
): { rows: LiveRows; state: LiveState } {
  const [rows, setRows] = useState(NONE);
  const waiting = useRef<DeliveryRowFragment[]>([]);
  const timer = useRef<ReturnType<typeof setTimeout> | null>(null);
  const asked = JSON.stringify(filter);

  // biome-ignore lint/correctness/useExhaustiveDependencies: what came for another filter is of no use
  useEffect(() => {
    setRows(NONE);
    return () => {
      if (timer.current) clearTimeout(timer.current);
      timer.current = null;
      waiting.current = [];
    };
  }, [asked]);

  function draw() {
    const some = waiting.current.map((row) => [row.id, row] as const);
    waiting.current = [];
    timer.current = null;
    setRows((before) => newest(new Map([...before, ...some])));
  }

  const state = useLive<DeliveryTailSubscription, DeliveryTailSubscriptionVariables>(
    DeliveryTailDocument,
    { filter },
    ({ deliveryTail: { delivery, droppedBefore } }) => {
      waiting.current.push(delivery);
      timer.current ??= setTimeout(draw, DRAWN_EVERY_MS);
      if (droppedBefore > 0) onGap();
    },
  );

  // What happened before it was followed, or while it was not, is in the list alone.
  const gap = useRef(onGap);
  gap.current = onGap;
  useEffect(() => {
    if (state === "live") gap.current();
  }, [state]);

  return { rows, state };
}

function newest(rows: Map<string, DeliveryRowFragment>): LiveRows {
  if (rows.size <= MOST_KEPT) return rows;
  const kept = [...rows].sort(([, one], [, other]) => (one.createdAt < other.createdAt ? 1 : -1));
  return new Map(kept.slice(0, MOST_KEPT));
}
