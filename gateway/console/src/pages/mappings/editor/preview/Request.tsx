import { Code, Text } from "@mantine/core";

import { RequestBody } from "../../../../parts/RequestBody.tsx";
import classes from "./Preview.module.css";
import type { Previewed } from "./usePreview.ts";

/** The request that the provider would get; its credentials are never shown. */
export function Request({ request }: { request: Previewed["request"] | null }) {
  if (!request) {
    return (
      <Text size="sm" c="dimmed">
        No request can be made of this.
      </Text>
    );
  }
  const { method, url, form, json } = request;
  return (
    <>
      <Code block className={classes.url} mb="xs">
        {method} {url}
      </Code>
      <RequestBody form={form} json={json} />
    </>
  );
}
