import { Link, type LinkProps } from "@tanstack/react-router";
import {
  ChartColumn,
  CodeXml,
  FileCheck,
  Inbox,
  type LucideIcon,
  Radio,
  Send,
  Settings,
  Smartphone,
  Users,
  Workflow,
} from "lucide-react";

import { useAnswer } from "../api/queries.ts";
import classes from "./Frame.module.css";
import { FrameDocument } from "./frame.graphql.ts";
import { useMay, useViewer } from "./viewer.ts";

type Place = { to: LinkProps["to"]; name: string; icon: LucideIcon; exact?: boolean };

const PLACES: Place[] = [
  { to: "/", name: "Overview", icon: ChartColumn, exact: true },
  { to: "/deliveries", name: "Deliveries", icon: Send },
  { to: "/people", name: "People", icon: Users },
  { to: "/inbox", name: "Inbox", icon: Inbox },
  { to: "/events", name: "Events", icon: Radio },
  { to: "/mappings", name: "Mappings", icon: Workflow },
  { to: "/accounts", name: "Accounts", icon: Smartphone },
];

const FRAME_REFRESH_MS = 30_000;

/** Whether everything is paused, and how much wants a person: kept fresh on every page. */
export function useFrame() {
  const { space } = useViewer();
  return useAnswer(FrameDocument, { space }, { refetchInterval: FRAME_REFRESH_MS }).data;
}

/** Where one can go. What a role may not do is not there. */
export function Navigation() {
  const frame = useFrame();
  const counts: Record<string, number> = {
    "/": frame?.alerts.totalCount ?? 0,
    "/inbox": frame?.inboundMessages.totalCount ?? 0,
  };
  const mayImport = useMay("OPERATOR");
  return (
    <nav aria-label="Pages">
      <ul className={classes.nav}>
        {PLACES.map((place) => (
          <Item key={place.name} place={place} count={counts[place.to as string] ?? 0} />
        ))}
        <li className={classes.rule} aria-hidden="true" />
        {mayImport && (
          <Item place={{ to: "/consent-import", name: "Consent import", icon: FileCheck }} count={0} />
        )}
        <Item place={{ to: "/settings", name: "Settings", icon: Settings }} count={0} />
        <li>
          <a className={classes.link} href="/graphql">
            <CodeXml size={17} aria-hidden="true" />
            GraphiQL
          </a>
        </li>
      </ul>
    </nav>
  );
}

function Item({ place: { to, name, icon: Icon, exact = false }, count }: { place: Place; count: number }) {
  return (
    <li>
      <Link to={to} className={classes.link} activeOptions={{ exact, includeSearch: false }}>
        <Icon size={17} aria-hidden="true" />
        {name}
        {count > 0 && (
          <span className={classes.count}>
            {count}
            <span className="visually-hidden"> to look at</span>
          </span>
        )}
      </Link>
    </li>
  );
}
