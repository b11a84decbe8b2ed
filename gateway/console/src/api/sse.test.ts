import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { readStream, SILENT_MS } from "./sse.ts";

const SIGN_OF_LIFE_MS = 10_000;
const ITEM = 'event: next\ndata: {"data":1}\n\n';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A stream that goes on for as long as nobody ends it, and what is written to it. */
function opened() {
  const bytes = new TransformStream<Uint8Array, Uint8Array>();
  const writer = bytes.writable.getWriter();
  const say = (words: string) => void writer.write(new TextEncoder().encode(words)).catch(() => {});
  return { response: new Response(bytes.readable), say };
}

test("is lost once nothing came for longer than signs of life are apart", async () => {
  const { response, say } = opened();
  const came: unknown[] = [];

  const ended = readStream(response, (item) => came.push(item));
  say(ITEM);
  for (let sign = 0; sign < 6; sign += 1) {
    await vi.advanceTimersByTimeAsync(SIGN_OF_LIFE_MS);
    say(":\n\n");
  }
  say(ITEM);
  await vi.advanceTimersByTimeAsync(SILENT_MS);

  expect(await ended).toBe(false);
  expect(came).toEqual([{ data: 1 }, { data: 1 }]);
});

test("is over where it says so", async () => {
  const { response, say } = opened();

  const ended = readStream(response, () => {});
  say("event: complete\ndata:\n\n");

  expect(await ended).toBe(true);
  expect(vi.getTimerCount()).toBe(0);
});
