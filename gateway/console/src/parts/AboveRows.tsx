import { Button, Group, Text } from "@mantine/core";
import { ArrowUp } from "lucide-react";
import type { ReactNode } from "react";

import classes from "./filters.module.css";
import { counted } from "./words.ts";

type Props = {
  /** How many there are. */
  said: string;
  /** How many came while somebody reads. */
  fresh: number;
  showFresh: () => void;
  /** What stands at its end. */
  children?: ReactNode;
};

/** Above a list that is live: how many rows there are, and how many more came, which a click lets in. */
export function AboveRows({ said, fresh, showFresh, children }: Props) {
  function show() {
    showFresh();
    window.scrollTo({ top: 0 });
  }

  return (
    <div className={classes.above} data-fresh={fresh > 0 || undefined}>
      <Text size="sm" c="dimmed" role="status">
        {said}
      </Text>
      {fresh > 0 && (
        <Button size="compact-sm" leftSection={<ArrowUp size={14} aria-hidden="true" />} onClick={show}>
          {counted(fresh)} new
        </Button>
      )}
      {children && (
        <Group gap={6} className={classes.end}>
          {children}
        </Group>
      )}
    </div>
  );
}
