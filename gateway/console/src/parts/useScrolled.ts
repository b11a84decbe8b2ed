import { useEffect, useState } from "react";

const FROM_PX = 60;

/** Whether the page is scrolled down. It is looked at when that changes: to ask while drawing has the whole page laid out first. */
export function useScrolled(): boolean {
  const [isScrolled, setScrolled] = useState(false);

  useEffect(() => {
    const look = () => setScrolled(window.scrollY > FROM_PX);
    look();
    window.addEventListener("scroll", look, { passive: true });
    return () => window.removeEventListener("scroll", look);
  }, []);
  return isScrolled;
}
