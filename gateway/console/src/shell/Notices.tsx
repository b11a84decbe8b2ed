import "@mantine/notifications/styles.layer.css";

import { Notifications } from "@mantine/notifications";

/** Tells in a corner, for a few seconds, what was done. */
export default function Notices() {
  return <Notifications position="bottom-right" containerWidth={360} />;
}
