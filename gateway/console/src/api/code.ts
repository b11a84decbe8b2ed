import { connection } from "./connection.ts";

/** Stylesheets that could not be fetched: Vite's loader asks for each once, however that ends. */
const missing = new Set<HTMLLinkElement>();

document.addEventListener(
  "error",
  ({ target }) => {
    if (target instanceof HTMLLinkElement && target.rel === "stylesheet") missing.add(target);
  },
  true,
);

const LONGEST_LOOK_MS = 8_000;

/**
 * The code that `load` imports. Where the server is not reached it is waited for, and what is shown meanwhile stays.
 * Rejects where the server is there and the code is not: it is of another version than the page.
 */
export async function fetched<Code>(load: () => Promise<Code>): Promise<Code> {
  try {
    return await load();
  } catch {
    if (!(await isReached())) connection.lost();
    await healed();
    return load();
  }
}

function isReached(): Promise<boolean> {
  return fetch("/healthz", { cache: "no-store", signal: AbortSignal.timeout(LONGEST_LOOK_MS) }).then(
    ({ ok }) => ok,
    () => false,
  );
}

let healing: Promise<void> | null = null;

/** Once for all who wait: the server is there again, and so are the styles of what was asked for without it. */
function healed(): Promise<void> {
  healing ??= connection
    .whenFound()
    .then(mendStyles)
    .finally(() => {
      healing = null;
    });
  return healing;
}

async function mendStyles(): Promise<void> {
  const lost = [...missing];
  missing.clear();
  await Promise.all(
    lost.map(
      (link) =>
        new Promise((ended) => {
          const again = link.cloneNode() as HTMLLinkElement;
          again.onload = again.onerror = ended;
          link.replaceWith(again);
        }),
    ),
  );
}
