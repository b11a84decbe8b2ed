import type { NotificationData } from "@mantine/notifications";

import { fetched } from "./code.ts";

/** Tells of something wherever one is by then. What shows it is loaded once there is something to tell. */
export function notify(notice: NotificationData): void {
  void fetched(() => import("@mantine/notifications")).then(
    ({ notifications }) => notifications.show(notice),
    // The gateway was upgraded meanwhile: what was done is done, and shown where it was.
    () => {},
  );
}
