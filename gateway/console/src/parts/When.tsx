import { useEffect, useState } from "react";

import { localTime, relativeTime, utcTime } from "./times.ts";

const REDRAWN_EVERY_MS = 20_000;

/** A moment in the reader's zone; UTC on hover. `ago`: how long since, or until, in place of the time. */
export function When({ at, ago = false }: { at: string; ago?: boolean }) {
  const now = useNow(ago ? REDRAWN_EVERY_MS : null);
  const text = ago ? relativeTime(at, now) : localTime(at, now);
  return (
    <time
      dateTime={at}
      style={{ whiteSpace: "nowrap" }}
      title={ago ? `${localTime(at, now)} · ${utcTime(at)}` : utcTime(at)}
    >
      {text}
    </time>
  );
}

/** How long until something is to happen; what should have by now is due. */
export function Due({ at }: { at: string }) {
  const now = useNow(REDRAWN_EVERY_MS);
  return new Date(at) > now ? <When at={at} ago /> : <time dateTime={at}>due now</time>;
}

/** The present moment, looked at again after so many milliseconds; null: never again. */
export function useNow(every: number | null): Date {
  const [now, setNow] = useState(() => new Date());
  useEffect(() => {
    if (every === null) return;
    const timer = setInterval(() => setNow(new Date()), every);
    return () => clearInterval(timer);
  }, [every]);
  return now;
}
