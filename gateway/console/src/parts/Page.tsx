import { Group, Title } from "@mantine/core";
import { type ReactNode, useEffect } from "react";

import classes from "./Page.module.css";

type Props = {
  title: string;
  /** What stands beside the title, such as what the page's thing is called or how it stands. */
  beside?: ReactNode;
  /** What can be done with all of it. */
  actions?: ReactNode;
  /** It is read or filled in, rather than looked over: on a large screen it stays narrow. */
  isRead?: boolean;
  children: ReactNode;
};

/** A page: its title, which the tab has too, what can be done, and what it shows. */
export function Page({ title, beside, actions, isRead = false, children }: Props) {
  useEffect(() => {
    document.title = `${title} · Heliograph`;
  }, [title]);

  return (
    <div className={classes.page} data-reads={isRead || undefined}>
      <Group justify="space-between" align="center" gap="sm" mb="md">
        <Group gap="sm" align="center">
          <Title order={1} size="h3" id="page-title">
            {title}
          </Title>
          {beside}
        </Group>
        {actions && <Group gap="xs">{actions}</Group>}
      </Group>
      {children}
    </div>
  );
}
