import { Button } from "@mantine/core";

import { Failure } from "../../parts/Failure.tsx";

/** That something could not be read, and the way to try it again; nothing where all could be. */
export function Unread({ error, title, retry }: { error: Error | null; title: string; retry: () => void }) {
  if (!error) return null;
  return (
    <>
      <Failure of={error} title={title} />
      <Button variant="default" size="compact-sm" mb="xs" onClick={retry}>
        Try again
      </Button>
    </>
  );
}
