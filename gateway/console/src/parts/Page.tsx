import { Group, Title } from "@mantine/core";
import { ArrowLeft } from "lucide-react";
import { type ReactNode, useEffect } from "react";

import { AnchorLink } from "./links.tsx";
import classes from "./Page.module.css";

const LISTS = {
  deliveries: { to: "/deliveries", name: "All deliveries" },
  people: { to: "/people", name: "All people" },
  events: { to: "/events", name: "All events" },
  mappings: { to: "/mappings", name: "All mappings" },
  accounts: { to: "/accounts", name: "All accounts" },
} as const;

type Props = {
  title: string;
  /** The list that what it shows is one of: the way back to it. */
  oneOf?: keyof typeof LISTS;
  /** What stands beside the title, such as what the page's thing is called or how it stands. */
  beside?: ReactNode;
  /** What can be done with all of it. */
  actions?: ReactNode;
  /** It is read or filled in, rather than looked over: on a large screen it stays narrow. */
  isRead?: boolean;
  children: ReactNode;
};

/** A page: its title, which the tab has too, what can be done, and what it shows. */
export function Page({ title, oneOf, beside, actions, isRead = false, children }: Props) {
  useEffect(() => {
    document.title = `${title} · Heliograph`;
  }, [title]);

  return (
    <div className={classes.page} data-reads={isRead || undefined}>
      {oneOf && (
        <AnchorLink to={LISTS[oneOf].to} size="sm" className={classes.back}>
          <ArrowLeft size={14} aria-hidden="true" />
          {LISTS[oneOf].name}
        </AnchorLink>
      )}
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
