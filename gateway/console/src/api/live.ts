import { useEffect, useRef, useState, useSyncExternalStore } from "react";

import type { TypedDocument } from "./ask.ts";
import { connection } from "./connection.ts";
import { answerOf, ENDPOINT, fetchWith, TokenRefused } from "./request.ts";
import { session } from "./session.ts";
import { isStream, readStream, SILENT_MS } from "./sse.ts";

const LONGEST_PAUSE_MS = 10_000;
const FIRST_PAUSE_MS = 500;
const TOO_MANY_REQUESTS = 429;

export type LiveState = "opening" | "live" | "lost" | "refused";

type Item = { sequence: string; droppedBefore: number };

/**
 * Follows a subscription while the component is there and its tab is seen: `onItem` gets each item of its one root field.
 * A connection that was lost or given up is opened again behind the last item that came. Returns how the stream stands.
 */
export function useLive<Result extends object, Variables extends object>(
  operation: TypedDocument<Result, Variables>,
  variables: Omit<Variables, "afterSequence">,
  onItem: (result: Result) => void,
  enabled = true,
): LiveState {
  const [state, setState] = useState<LiveState>("opening");
  const latest = useRef(onItem);
  latest.current = onItem;
  const asked = JSON.stringify(variables);
  const last = useRef<Last>({ asked });
  const isSeen = useSyncExternalStore(onSeen, isTabSeen);

  useEffect(() => {
    if (!enabled || !isSeen) return;
    setState("opening");
    const stopped = new AbortController();
    if (last.current.asked !== asked) last.current = { asked };
    void follow(operation.toString(), last.current, {
      onItem: (result) => latest.current(result as Result),
      onState: setState,
      signal: stopped.signal,
    });
    return () => stopped.abort();
  }, [operation, asked, enabled, isSeen]);

  return state;
}

// A browser opens six connections to a server for all its tabs together: one that nobody looks at holds none.
const isTabSeen = () => document.visibilityState === "visible";

function onSeen(listener: () => void) {
  document.addEventListener("visibilitychange", listener);
  return () => document.removeEventListener("visibilitychange", listener);
}

/** The variables of a subscription as JSON, and how far it was followed. */
type Last = { asked: string; sequence?: string };

type Listening = {
  onItem: (result: object) => void;
  onState: (state: LiveState) => void;
  signal: AbortSignal;
};

async function follow(query: string, last: Last, { onItem, onState, signal }: Listening) {
  const variables: object = JSON.parse(last.asked);
  let failures = 0;

  function take({ data }: { data?: Record<string, Item> | null }) {
    const item = Object.values(data ?? {})[0];
    if (!data || !item) return;
    failures = 0;
    last.sequence = item.sequence;
    onItem(data);
  }

  while (!signal.aborted) {
    const token = session.token();
    let isReached = false;
    let openedAt = Number.POSITIVE_INFINITY;
    const unanswered = new AbortController();
    const silence = setTimeout(() => unanswered.abort(), SILENT_MS);
    try {
      const response = await fetchWith(token)(ENDPOINT, {
        method: "POST",
        headers: { Accept: "text/event-stream", "Content-Type": "application/json" },
        body: JSON.stringify({ query, variables: { ...variables, afterSequence: last.sequence } }),
        signal: AbortSignal.any([signal, unanswered.signal]),
      });
      clearTimeout(silence);
      isReached = true;
      if (!isStream(response)) {
        await answerOf(response);
        if (response.status < 500 && response.status !== TOO_MANY_REQUESTS) return onState("refused");
        throw new Error(`the server answered ${response.status}`);
      }
      openedAt = Date.now();
      connection.found();
      onState("live");
      await readStream(response, take);
    } catch (error) {
      if (error instanceof TokenRefused) return session.end(token);
    } finally {
      clearTimeout(silence);
    }
    if (signal.aborted) return;
    if (!isReached) connection.lost();
    // One that held and was cut, as idle ones are, is opened again at once; one that is refused comes to its end as soon as it is open.
    if (Date.now() - openedAt > LONGEST_PAUSE_MS) failures = 0;
    failures += 1;
    onState("lost");
    await pause(Math.min(2 ** failures * FIRST_PAUSE_MS, LONGEST_PAUSE_MS));
  }
}

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));
