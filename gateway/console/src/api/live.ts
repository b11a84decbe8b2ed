import { useEffect, useRef, useState } from "react";

import type { TypedDocument } from "./ask.ts";
import { connection } from "./connection.ts";
import { answerOf, ENDPOINT, fetchWith, TokenRefused } from "./request.ts";
import { session } from "./session.ts";
import { isStream, readStream } from "./sse.ts";

const LONGEST_PAUSE_MS = 10_000;
const FIRST_PAUSE_MS = 500;

export type LiveState = "opening" | "live" | "lost" | "refused";

type Item = { sequence: string; droppedBefore: number };

/**
 * Follows a subscription while the component is there: `onItem` gets each item of its one root field. A lost
 * connection is opened again behind the last item that came. Returns how the stream stands.
 */
export function useLive<Result extends object, Variables extends object>(
  document: TypedDocument<Result, Variables>,
  variables: Omit<Variables, "afterSequence">,
  onItem: (result: Result) => void,
  enabled = true,
): LiveState {
  const [state, setState] = useState<LiveState>("opening");
  const latest = useRef(onItem);
  latest.current = onItem;
  const asked = JSON.stringify(variables);

  useEffect(() => {
    if (!enabled) return;
    const stopped = new AbortController();
    void follow(document.toString(), JSON.parse(asked), {
      onItem: (result) => latest.current(result as Result),
      onState: setState,
      signal: stopped.signal,
    });
    return () => stopped.abort();
  }, [document, asked, enabled]);

  return state;
}

type Listening = {
  onItem: (result: object) => void;
  onState: (state: LiveState) => void;
  signal: AbortSignal;
};

async function follow(query: string, variables: object, { onItem, onState, signal }: Listening) {
  let afterSequence: string | undefined;
  let failures = 0;

  function take({ data }: { data?: Record<string, Item> | null }) {
    failures = 0;
    const item = Object.values(data ?? {})[0];
    if (!data || !item) return;
    afterSequence = item.sequence;
    onItem(data);
  }

  while (!signal.aborted) {
    const token = session.token();
    let isReached = false;
    try {
      const response = await fetchWith(token)(ENDPOINT, {
        method: "POST",
        headers: { Accept: "text/event-stream", "Content-Type": "application/json" },
        body: JSON.stringify({ query, variables: { ...variables, afterSequence } }),
        signal,
      });
      isReached = true;
      if (!isStream(response)) {
        await answerOf(response);
        if (response.status < 500) return onState("refused");
        throw new Error(`the server answered ${response.status}`);
      }
      connection.found();
      onState("live");
      await readStream(response, take);
    } catch (error) {
      if (error instanceof TokenRefused) return session.end(token);
    }
    if (signal.aborted) return;
    if (!isReached) connection.lost();
    failures += 1;
    onState("lost");
    await pause(Math.min(2 ** failures * FIRST_PAUSE_MS, LONGEST_PAUSE_MS));
  }
}

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));
