import { useEffect, useRef, useState } from "react";

import type { TypedDocument } from "../api/ask.ts";
import { type LiveState, useLive } from "../api/live.ts";

const DRAWN_EVERY_MS = 250;
const MOST_KEPT = 1_000;

export type Tailed<Row> = { row: Row; droppedBefore: number };

/**
 * What happened to rows since their list was asked for, by their ids: drawn a few times a second, however much
 * happens. `onGap` is called where something may have been missed, so that the list is asked for anew.
 */
export function useTail<Result extends object, Variables extends object, Row extends { id: string }>(
  document: TypedDocument<Result, Variables>,
  variables: Omit<Variables, "afterSequence">,
  of: (result: Result) => Tailed<Row>,
  onGap: () => void,
): { rows: ReadonlyMap<string, Row>; state: LiveState } {
  const [rows, setRows] = useState<ReadonlyMap<string, Row>>(new Map());
  const waiting = useRef<Row[]>([]);
  const timer = useRef<ReturnType<typeof setTimeout> | null>(null);
  const asked = JSON.stringify(variables);

  // biome-ignore lint/correctness/useExhaustiveDependencies: what came for another filter is of no use
  useEffect(() => {
    setRows(new Map());
    return () => {
      if (timer.current) clearTimeout(timer.current);
      timer.current = null;
      waiting.current = [];
    };
  }, [asked]);

  function draw() {
    const some = waiting.current.map((row): [string, Row] => [row.id, row]);
    waiting.current = [];
    timer.current = null;
    // What comes again is the last that came, and the last are kept.
    setRows((before) => {
      const again = new Set(some.map(([id]) => id));
      return new Map(
        [...before]
          .filter(([id]) => !again.has(id))
          .concat(some)
          .slice(-MOST_KEPT),
      );
    });
  }

  const state = useLive(document, variables, (result) => {
    const { row, droppedBefore } = of(result);
    waiting.current.push(row);
    timer.current ??= setTimeout(draw, DRAWN_EVERY_MS);
    if (droppedBefore > 0) onGap();
  });

  // What happened before it was followed, or while it was not, is in the list alone.
  const gap = useRef(onGap);
  gap.current = onGap;
  useEffect(() => {
    if (state === "live") gap.current();
  }, [state]);

  return { rows, state };
}
