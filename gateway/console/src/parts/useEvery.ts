import { useEffect, useRef } from "react";

/** Does it again after every so many milliseconds while the tab is seen; null: never. */
export function useEvery(everyMs: number | null, act: () => void): void {
  const latest = useRef(act);
  latest.current = act;
  useEffect(() => {
    if (everyMs === null) return;
    const timer = setInterval(() => document.visibilityState === "visible" && latest.current(), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
}
