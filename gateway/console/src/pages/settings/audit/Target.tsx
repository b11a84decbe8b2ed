import { Text } from "@mantine/core";
import type { LinkProps } from "@tanstack/react-router";
import { TextLink } from "../../../parts/TextLink.tsx";
import { spelled } from "../../../parts/words.ts";
import type { AuditEntriesQuery } from "./audit.graphql.ts";

export type Entry = AuditEntriesQuery["auditEntries"]["edges"][number]["node"];
type Found = NonNullable<Entry["target"]>;

/** What something is called here, by its type. */
const KINDS: Record<string, string> = {
  ApiToken: "token",
  Contact: "person",
  Destination: "account",
  Job: "job",
  WebhookDelivery: "webhook",
};

function pageOf({ __typename: type, id }: Found): LinkProps | null {
  switch (type) {
    case "Source":
      return { to: "/settings/sources", search: { open: id } };
    case "Destination":
      return { to: "/accounts/$id", params: { id } };
    case "Mapping":
      return { to: "/mappings/$id", params: { id } };
    case "Contact":
      return { to: "/people/$id", params: { id } };
    case "Delivery":
      return { to: "/deliveries/$id", params: { id } };
    case "Event":
      return { to: "/events/$id", params: { id } };
    case "InboundMessage":
      return { to: "/inbox" };
    case "Job":
      return { to: "/settings/jobs", search: { open: id } };
    case "WebhookDelivery":
      return { to: "/settings/webhooks", search: { open: id } };
    case "ApiToken":
      return { to: "/settings/tokens" };
    default:
      return null;
  }
}

/** What it was done to, for a person: its name, or what it is. */
export function targetName({ target, targetId, changes }: Entry): string {
  if (target) {
    const kind =
      KINDS[target.__typename] ?? spelled(target.__typename.replaceAll(/([a-z])([A-Z])/g, "$1 $2"));
    const name = nameOf(target);
    return name ? `${kind.toLowerCase()} ${name}` : kind.toLowerCase();
  }
  const named = changes.find(({ field }) => field === "name");
  return named?.before ?? named?.after ?? targetId ?? "the whole space";
}

function nameOf(target: Found): string | null {
  if ("name" in target) return target.name;
  if ("kind" in target) return spelled(target.kind).toLowerCase();
  return "event" in target ? target.event : null;
}

/** What it was done to, with the way there where it has a page. */
export function Target({ entry }: { entry: Entry }) {
  const page = entry.target && pageOf(entry.target);
  if (page) {
    return <TextLink to={page}>{targetName(entry)}</TextLink>;
  }
  return (
    <Text span size="sm">
      {targetName(entry)}
      {entry.targetId && !entry.target && (
        <Text span size="sm" c="dimmed">
          {" "}
          (gone)
        </Text>
      )}
    </Text>
  );
}
