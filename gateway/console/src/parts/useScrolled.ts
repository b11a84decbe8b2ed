import { useSyncExternalStore } from "react";

const FROM_PX = 60;

/** Whether the page is scrolled down. */
export const useScrolled = (): boolean => useSyncExternalStore(subscribe, () => window.scrollY > FROM_PX);

function subscribe(onChange: () => void) {
  window.addEventListener("scroll", onChange, { passive: true });
  return () => window.removeEventListener("scroll", onChange);
}
