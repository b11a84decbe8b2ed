import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useSyncExternalStore } from "react";

import { ask } from "../api/ask.ts";
import { connection } from "../api/connection.ts";
import classes from "./Frame.module.css";
import { FrameDocument } from "./frame.graphql.ts";
import { useViewer } from "./viewer.ts";

const LOOK_EVERY_MS = 2_000;

/** Says that the server is not reached, looks for it, and has everything shown asked for anew once it is. */
export function ConnectionLost() {
  const lost = useSyncExternalStore(connection.subscribe, connection.isLost);
  const client = useQueryClient();
  const { space } = useViewer();

  useEffect(() => {
    if (!lost) return;
    const timer = setInterval(async () => {
      try {
        await ask(FrameDocument, { space });
        await client.invalidateQueries();
      } catch {
        // It is looked for again in a moment.
      }
    }, LOOK_EVERY_MS);
    return () => clearInterval(timer);
  }, [lost, client, space]);

  if (!lost) return null;
  return (
    <p className={classes.banner} data-tone="red" role="status">
      The server is not reached. What you see is as it was; it goes on by itself once the server answers
      again.
    </p>
  );
}
