import { Alert, Button, Code, Stack } from "@mantine/core";
import { type ErrorComponentProps, Link } from "@tanstack/react-router";

import { Page } from "../parts/Page.tsx";

/** There is no such page. */
export function NotThere() {
  return (
    <Page title="There is no such page">
      <p>
        The address may be mistyped, or from an older version. <Link to="/">Go to the overview</Link>.
      </p>
    </Page>
  );
}

/** A page broke; the others still work. */
export function Crashed({ error, reset }: ErrorComponentProps) {
  return (
    <Page title="This page broke">
      <Alert color="red" title="A fault of this page, not of what is sent">
        <Stack align="start">
          <span>
            Nothing was changed by it. Try again, or load the page anew. If it stays, report it with these
            words:
          </span>
          <Code block>{error instanceof Error ? error.message : String(error)}</Code>
          <Button onClick={reset}>Try again</Button>
        </Stack>
      </Alert>
    </Page>
  );
}
