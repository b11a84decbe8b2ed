import { useEffect, useRef, useState } from "react";

const CHANGES_EVERY_MS = 3_000;

/**
 * Words that may change all the time, changed every few seconds: each change is read out. Of something else, as `of` says, they are
 * shown at once. `isAtOnce`: these, and those that follow.
 */
export function useCalm(words: string, of: string, isAtOnce: boolean): string {
  const [shown, setShown] = useState({ words, of });
  const changedAt = useRef(0);
  const isNow = isAtOnce || shown.of !== of;

  useEffect(() => {
    if (words === shown.words && of === shown.of) return;
    const wait = isNow ? 0 : changedAt.current + CHANGES_EVERY_MS - Date.now();
    const timer = setTimeout(
      () => {
        changedAt.current = isAtOnce ? 0 : Date.now();
        setShown({ words, of });
      },
      Math.max(0, wait),
    );
    return () => clearTimeout(timer);
  }, [words, of, shown, isNow, isAtOnce]);

  return isNow ? words : shown.words;
}
