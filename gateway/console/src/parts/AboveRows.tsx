import { Button, Group, Text } from "@mantine/core";
import { ArrowUp } from "lucide-react";
import type { ReactNode } from "react";

import classes from "./filters.module.css";
import { useCalm } from "./useCalm.ts";
import { counted } from "./words.ts";

type Props = {
  /** Which list they are of. */
  of: string;
  /** How many there are. */
  said: string;
  /** How many came while somebody reads. */
  fresh: number;
  showFresh: () => void;
  /** Whether nobody knows yet how many there are. */
  isLooking?: boolean;
  /** What stands at its end. */
  children?: ReactNode;
};

const ID = "above-rows";

/** Where somebody goes on whose button is no more: at how many rows there are. */
export const focusAboveRows = (): void => document.getElementById(ID)?.focus({ preventScroll: true });

/** Above a list that is live: how many rows there are, and how many more came, which a click lets in. */
export function AboveRows({ of, said, fresh, showFresh, isLooking = false, children }: Props) {
  const calm = useCalm(said, of, isLooking);
  const calmNew = useCalm(fresh > 0 ? `, ${counted(fresh)} new` : "", of, isLooking);

  function show() {
    showFresh();
    window.scrollTo({ top: 0 });
    focusAboveRows();
  }

  return (
    <div className={classes.above} data-fresh={fresh > 0 || undefined}>
      <Text size="sm" c="dimmed" role="status" id={ID} tabIndex={-1}>
        {calm}
        {calmNew && <span className="visually-hidden">{calmNew}</span>}
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
