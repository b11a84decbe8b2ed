import { Link, type LinkProps } from "@tanstack/react-router";
import type { ReactNode } from "react";

import type { Role } from "../../api/request.ts";
import { inSight } from "../../parts/inSight.ts";
import { Page } from "../../parts/Page.tsx";
import { useMay } from "../../shell/viewer.ts";
import classes from "./SettingsPage.module.css";

type Place = { to: LinkProps["to"]; name: string; role: Role };

const PLACES: Place[] = [
  { to: "/settings/sources", name: "Sources", role: "VIEWER" },
  { to: "/settings/tokens", name: "Tokens and roles", role: "VIEWER" },
  { to: "/settings/webhooks", name: "Webhooks", role: "VIEWER" },
  { to: "/settings/audit", name: "Audit log", role: "VIEWER" },
  { to: "/settings/jobs", name: "Jobs", role: "VIEWER" },
  { to: "/settings/import", name: "Import from Segment", role: "ADMIN" },
];

/** One of the pages of settings, with the way to the others. */
export function SettingsPage({
  title,
  actions,
  children,
}: {
  title: string;
  actions?: ReactNode;
  children: ReactNode;
}) {
  const isAdmin = useMay("ADMIN");
  return (
    <Page title={title} actions={actions}>
      <nav aria-label="Settings">
        <ul className={classes.tabs}>
          {PLACES.filter(({ role }) => isAdmin || role !== "ADMIN").map(({ to, name }) => (
            <li key={name}>
              <Link
                to={to}
                className={classes.tab}
                activeProps={{ ref: inSight }}
                activeOptions={{ includeSearch: false }}
              >
                {name}
              </Link>
            </li>
          ))}
        </ul>
      </nav>
      {children}
    </Page>
  );
}
