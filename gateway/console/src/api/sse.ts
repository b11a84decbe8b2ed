/** The server gives a sign of life each 10 seconds: where so long nothing comes, the connection is gone, whatever the browser thinks. */
export const SILENT_MS = 25_000;

/**
 * Reads a stream of server-sent events as GraphQL over SSE has them, in its mode of one connection for
 * each operation: `onResult` gets each `next`. Returns whether a `complete` came; if not, the connection
 * was lost, or silent for too long. Throws where it breaks off.
 */
export async function readStream<Result>(
  response: Response,
  onResult: (result: Result) => void,
): Promise<boolean> {
  if (response.body === null) return false;
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const silence = setTimeout(() => void reader.cancel().catch(() => {}), SILENT_MS);
    const { value, done } = await reader.read().finally(() => clearTimeout(silence));
    if (done) return false;
    const messages = (rest + value).split(/\r?\n\r?\n/);
    rest = messages.pop() ?? "";
    for (const message of messages) {
      const { event, data } = fieldsOf(message);
      if (event === "complete") {
        await reader.cancel();
        return true;
      }
      if (event === "next") onResult(JSON.parse(data));
    }
  }
}

export const isStream = (response: Response): boolean =>
  response.headers.get("Content-Type")?.includes("text/event-stream") ?? false;

// A line that begins with a colon is a sign of life and no more.
function fieldsOf(message: string) {
  const lines = message.split(/\r?\n/);
  const of = (name: string) =>
    lines
      .filter((line) => line.startsWith(`${name}:`))
      .map((line) => line.slice(name.length + 1).trimStart());
  return { event: of("event")[0], data: of("data").join("\n") };
}
