import type { NotificationData } from "@mantine/notifications";

import { fetched } from "./code.ts";

/** Tells of something wherever one is by then. What shows it is loaded once there is something to tell. */
export async function notify(notice: NotificationData) {
  const { notifications } = await fetched(() => import("@mantine/notifications"));
  notifications.show(notice);
}
