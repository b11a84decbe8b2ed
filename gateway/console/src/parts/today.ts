import { useSyncExternalStore } from "react";

// A timer that waits for midnight would be late by as long as the machine slept.
const LOOKED_EVERY_MS = 20_000;

let today = new Date();
let timer: ReturnType<typeof setInterval> | undefined;
const listeners = new Set<() => void>();

/** A moment of the reader's day: another one once it is the next, for all who ask. */
export const useToday = (): Date => useSyncExternalStore(subscribe, () => today);

function subscribe(listener: () => void) {
  if (listeners.size === 0) begin();
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0) clearInterval(timer);
  };
}

function begin() {
  look();
  timer = setInterval(look, LOOKED_EVERY_MS);
}

function look() {
  const now = new Date();
  if (now.toDateString() === today.toDateString()) return;
  today = now;
  for (const listener of listeners) listener();
}
