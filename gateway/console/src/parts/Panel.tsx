import { Group, Title } from "@mantine/core";
import { type ReactNode, useId } from "react";

import classes from "./Panel.module.css";

type Props = {
  title: string;
  /** What stands beside the title, such as a count. */
  beside?: ReactNode;
  /** What changes how it is shown. */
  actions?: ReactNode;
  id?: string;
  children: ReactNode;
};

/** A part of a page that is about one thing: a region of its own, by its title. */
export function Panel({ title, beside, actions, id, children }: Props) {
  const heading = useId();
  return (
    <section className={classes.panel} aria-labelledby={heading} id={id}>
      <Group justify="space-between" align="center" gap="xs" mb="sm" mih={30}>
        <Group gap="xs" align="center">
          <Title order={2} size="h4" id={heading}>
            {title}
          </Title>
          {beside}
        </Group>
        {actions}
      </Group>
      {children}
    </section>
  );
}
