import { useEffect, useRef, useState } from "react";

const CHANGES_EVERY_MS = 3_000;

/** Words that may change all the time, changed every few seconds: each change is read out. `isAtOnce`: these, and those that follow. */
export function useCalm(words: string, isAtOnce: boolean): string {
  const [shown, setShown] = useState(words);
  const changedAt = useRef(0);

  useEffect(() => {
    if (words === shown) return;
    const wait = isAtOnce ? 0 : changedAt.current + CHANGES_EVERY_MS - Date.now();
    const timer = setTimeout(
      () => {
        changedAt.current = isAtOnce ? 0 : Date.now();
        setShown(words);
      },
      Math.max(0, wait),
    );
    return () => clearTimeout(timer);
  }, [words, shown, isAtOnce]);

  return isAtOnce ? words : shown;
}
