import { Suspense } from "react";

import { lazily } from "../parts/lazily.tsx";
import classes from "./Frame.module.css";
import { useFrame } from "./Navigation.tsx";

// Hardly ever wanted, so no part of what is loaded first.
const PauseEverything = lazily(async () => {
  const { PauseEverything } = await import("../parts/pausing/PauseEverything.tsx");
  return { default: PauseEverything };
});

/** Says that all sending of the space is paused, and lets it go on. */
export function SpacePaused() {
  if (!useFrame()?.sendingPaused) return null;
  return (
    <section className={classes.banner} aria-label="Everything is paused">
      <span>Everything is paused: what comes is matched and held, and nothing is sent.</span>
      <Suspense>
        <PauseEverything paused label="Resume sending" variant="filled" size="compact-sm" />
      </Suspense>
    </section>
  );
}
