import type { LinkProps } from "@tanstack/react-router";

import { shownAt } from "../parts/places.ts";
import type { FoundPartsFragment } from "./find.graphql.ts";

export type Found = FoundPartsFragment;
export type Kind = Found["__typename"];

/** Each kind of thing that can be found, in the order in which they are shown. */
export const KINDS: readonly { kind: Kind; name: string }[] = [
  { kind: "Contact", name: "People" },
  { kind: "Sender", name: "Senders" },
  { kind: "Delivery", name: "Deliveries" },
  { kind: "Event", name: "Events" },
  { kind: "Mapping", name: "Mappings" },
  { kind: "Destination", name: "Accounts" },
  { kind: "Source", name: "Sources" },
];

/** Where it is shown. */
export function whereFound(found: Found): LinkProps {
  if (found.__typename !== "Sender") return shownAt(found);
  return {
    to: "/accounts/$id",
    params: { id: found.destination.id },
    search: { tab: "senders", sender: found.id },
  };
}
