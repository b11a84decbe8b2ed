import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useSyncExternalStore } from "react";

import { ask } from "../api/ask.ts";
import { connection } from "../api/connection.ts";
import classes from "./Frame.module.css";
import { FrameDocument } from "./frame.graphql.ts";
import { useViewer } from "./viewer.ts";

const LOOK_EVERY_MS = 2_000;
const LONGEST_LOOK_MS = 8_000;

/** Says that the server is not reached, looks for it, and has everything shown asked for anew once it is. */
export function ConnectionLost() {
  const lost = useSyncExternalStore(connection.subscribe, connection.isLost);
  const client = useQueryClient();
  const { space } = useViewer();

  const wasLost = useRef(false);

  useEffect(() => {
    if (!lost) return;
    // A look that fails says so to `connection`; one that waits for its answer is the only one.
    let looking = false;
    const timer = setInterval(() => {
      if (looking) return;
      looking = true;
      ask(FrameDocument, { space }, AbortSignal.timeout(LONGEST_LOOK_MS))
        .catch(() => {})
        .finally(() => {
          looking = false;
        });
    }, LOOK_EVERY_MS);
    return () => clearInterval(timer);
  }, [lost, space]);

  // Whichever request it was that found the server.
  useEffect(() => {
    if (wasLost.current && !lost) void client.invalidateQueries();
    wasLost.current = lost;
  }, [lost, client]);

  if (!lost) return null;
  return (
    <p className={classes.banner} data-tone="red" role="status">
      The server is not reached. What you see is as it was; it goes on by itself once the server answers
      again.
    </p>
  );
}
