import { Text } from "@mantine/core";
import { AnchorLink } from "../../../parts/links.tsx";
import { isPlaced, shownAt } from "../../../parts/places.ts";
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

/** The action of the mapping that it was done to. */
export function actionOf({ target, changes }: Entry): string | null {
  if (target?.__typename === "Mapping") return target.action.slug;
  const gone = changes.find(({ field }) => field === "action");
  return gone?.before ?? gone?.after ?? null;
}

/** Whether it was done to a source, one that is gone too. */
export const isOfSource = ({ action }: Entry): boolean => action.startsWith("source");

function nameOf(target: Found): string | null {
  if ("name" in target) return target.name;
  if ("kind" in target) return spelled(target.kind).toLowerCase();
  return "event" in target ? target.event : null;
}

/** What it was done to, with the way there where it has a page. */
export function Target({ entry }: { entry: Entry }) {
  const page = entry.target && isPlaced(entry.target) && shownAt(entry.target);
  if (page) {
    return (
      <AnchorLink {...page} size="sm">
        {targetName(entry)}
      </AnchorLink>
    );
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
