import { Alert, Text } from "@mantine/core";
import type { ReactNode } from "react";

import { CopyText } from "./CopyText.tsx";

/** A secret that was just made: it is on the page this once, and nowhere afterwards. */
export function ShownOnce({
  secret,
  label,
  children,
}: {
  secret: string;
  label: string;
  children?: ReactNode;
}) {
  return (
    <Alert variant="light" color="amber" title="Shown this once: copy it now" role="status" my="xs">
      <CopyText text={secret} label={label} />
      <Text size="sm" c="inherit" mt={6} component="div">
        {children}
      </Text>
    </Alert>
  );
}
