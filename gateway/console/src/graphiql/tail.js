import { answerOf, ENDPOINT, fetchWith, TokenRefused } from "../api/request.ts";
import { isStream, readStream } from "../api/sse.ts";

const KEPT = 50;
const REDRAWN_EVERY_MS = 100;
const ATTEMPTS = 6;
const LONGEST_PAUSE_MS = 10_000;

/**
 * A subscription as GraphiQL takes it: an observable of what to show, which is the latest items, newest
 * first. A lost connection is opened again; where the operation has a variable `afterSequence`, behind
 * the last item that came. `onStream` is told "opening", "open", "lost", and null at the end.
 */
export function follow(token, params, { onRefused, onStream }) {
  return {
    subscribe(sink) {
      const view = viewOf(sink);
      const stopped = new AbortController();
      onStream("opening");
      view.draw();
      run(token, params, { view, onRefused, onStream, signal: stopped.signal }).then(() => {
        if (stopped.signal.aborted) return;
        onStream(null);
        view.close();
        sink.complete();
      });
      return {
        unsubscribe() {
          stopped.abort();
          onStream(null);
          view.close();
        },
      };
    },
  };
}

async function run(token, params, { view, onRefused, onStream, signal }) {
  const variables = { ...params.variables };

  function take(result) {
    failures = 0;
    const item = Object.values(result.data ?? {})[0];
    if (item?.sequence) variables.afterSequence = item.sequence;
    view.add(result);
  }

  let failures = 0;
  while (!signal.aborted) {
    try {
      const response = await open(token, { ...params, variables }, signal);
      // Whoever is refused once is refused again.
      if (!isStream(response) && response.status < 500) return view.fail(await refusal(response, onRefused));
      if (!isStream(response)) throw new Error(`the server answered ${response.status}`);
      onStream("open");
      if (await readStream(response, take)) return undefined;
      throw new Error("the connection ended");
    } catch (error) {
      failures += 1;
      if (failures > ATTEMPTS) return view.fail({ errors: [{ message: brokeOff(error) }] });
    }
    if (!signal.aborted) {
      onStream("lost");
      await pause(Math.min(2 ** failures * 500, LONGEST_PAUSE_MS));
    }
  }
  return undefined;
}

function open(token, params, signal) {
  return fetchWith(token)(ENDPOINT, {
    method: "POST",
    headers: { Accept: "text/event-stream", "Content-Type": "application/json" },
    body: JSON.stringify(params),
    signal,
  });
}

async function refusal(response, onRefused) {
  try {
    return await answerOf(response);
  } catch (error) {
    if (!(error instanceof TokenRefused)) return { errors: [{ message: error.message }] };
    onRefused();
    return {};
  }
}

const brokeOff = (error) =>
  `The stream broke off (${error.message}) and could not be opened again. See that the server runs, then run it again.`;

const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** What the sink is shown; drawn a few times a second, however fast items come. */
function viewOf(sink) {
  let problems = {};
  let received = 0;
  let newestFirst = [];
  let timer = null;
  let closed = false;

  function draw() {
    clearTimeout(timer);
    timer = null;
    if (!closed) sink.next({ ...problems, received, newestFirst });
  }
  return {
    draw,
    add({ data, errors }) {
      problems = errors ? { errors } : {};
      received += 1;
      newestFirst = [data, ...newestFirst].slice(0, KEPT);
      timer ??= setTimeout(draw, REDRAWN_EVERY_MS);
    },
    fail({ errors, extensions }) {
      problems = extensions ? { errors, extensions } : { errors };
      draw();
    },
    close() {
      if (timer !== null) draw();
      closed = true;
    },
  };
}
