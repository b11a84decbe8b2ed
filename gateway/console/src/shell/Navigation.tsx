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
import { counted } from "../parts/words.ts";
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
  const counts: Record<string, string | null> = {
    "/": inBadge(frame?.alerts),
    "/inbox": inBadge(frame?.inboundMessages),
  };
  const mayImport = useMay("OPERATOR");
  return (
    <nav aria-label="Pages">
      <ul className={classes.nav}>
        {PLACES.map((place) => (
          <Item key={place.name} place={place} count={counts[place.to as string] ?? null} />
        ))}
        <li className={classes.rule} aria-hidden="true" />
        {mayImport && (
          <Item place={{ to: "/consent-import", name: "Consent import", icon: FileCheck }} count={null} />
        )}
        <Item place={{ to: "/settings", name: "Settings", icon: Settings }} count={null} />
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

/** How many there are, as a badge has it: none has no badge, and too many to be counted are not nothing. */
function inBadge(found: { totalCount?: number | null } | undefined): string | null {
  if (!found || found.totalCount === 0) return null;
  return found.totalCount == null ? "10,000+" : counted(found.totalCount);
}

function Item({
  place: { to, name, icon: Icon, exact = false },
  count,
}: {
  place: Place;
  count: string | null;
}) {
  return (
    <li>
      <Link to={to} className={classes.link} activeOptions={{ exact, includeSearch: false }}>
        <Icon size={17} aria-hidden="true" />
        {name}
        {count && (
          <span className={classes.count}>
            {count}
            <span className="visually-hidden"> to look at</span>
          </span>
        )}
      </Link>
    </li>
  );
}
