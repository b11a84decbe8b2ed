import { Button } from "@mantine/core";

import { useChange } from "../api/queries.ts";
import { Failure } from "../parts/Failure.tsx";
import classes from "./Frame.module.css";
import { GoOnWithAllDocument } from "./frame.graphql.ts";
import { useFrame } from "./Navigation.tsx";
import { useMay, useViewer } from "./viewer.ts";

/** Says that all sending of the space is paused, and lets it go on. */
export function SpacePaused() {
  const frame = useFrame();
  const { space } = useViewer();
  const mayResume = useMay("OPERATOR");
  const resume = useChange(GoOnWithAllDocument);
  if (!frame?.sendingPaused) return null;
  return (
    <section className={classes.banner} aria-label="Everything is paused">
      <span>Everything is paused: what comes is matched and held, and nothing is sent.</span>
      {mayResume && (
        <Button size="compact-sm" loading={resume.isRunning} onClick={() => resume.run({ input: { space } })}>
          Resume sending
        </Button>
      )}
      <Failure of={resume.error} />
    </section>
  );
}
