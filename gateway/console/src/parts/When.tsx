import { useEffect, useState } from "react";

import { localTime, relativeTime, utcTime } from "./times.ts";
import { useToday } from "./today.ts";

const REDRAWN_EVERY_MS = 20_000;

/** A moment in the reader's zone; UTC on hover. `ago`: how long since, or until, in place of the time. */
export function When({ at, ago = false }: { at: string; ago?: boolean }) {
  return ago ? <Ago at={at} /> : <On at={at} />;
}

function On({ at }: { at: string }) {
  return <Moment at={at} text={localTime(at, useToday())} title={utcTime(at)} />;
}

function Ago({ at }: { at: string }) {
  const now = useNow(REDRAWN_EVERY_MS);
  return <Moment at={at} text={relativeTime(at, now)} title={`${localTime(at, now)} · ${utcTime(at)}`} />;
}

function Moment({ at, text, title }: { at: string; text: string; title: string }) {
  return (
    <time dateTime={at} style={{ whiteSpace: "nowrap" }} title={title}>
      {text}
    </time>
  );
}

/** How long until something is to happen; what should have by now is due. */
export function Due({ at }: { at: string }) {
  const now = useNow(REDRAWN_EVERY_MS);
  return new Date(at) > now ? <Ago at={at} /> : <time dateTime={at}>due now</time>;
}

/** The present moment, looked at again after so many milliseconds. */
export function useNow(every: number): Date {
  const [now, setNow] = useState(() => new Date());
  useEffect(() => {
    const timer = setInterval(() => setNow(new Date()), every);
    return () => clearInterval(timer);
  }, [every]);
  return now;
}
