import type { LinkProps } from "@tanstack/react-router";

import type { FindQuery } from "./find.graphql.ts";

export type Found = FindQuery["find"][number];
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
export function placeOf(found: Found): LinkProps {
  const { id } = found;
  switch (found.__typename) {
    case "Contact":
      return { to: "/people/$id", params: { id } };
    case "Delivery":
      return { to: "/deliveries/$id", params: { id } };
    case "Event":
      return { to: "/events/$id", params: { id } };
    case "Mapping":
      return { to: "/mappings/$id", params: { id } };
    case "Destination":
      return { to: "/accounts/$id", params: { id } };
    case "Sender":
      return {
        to: "/accounts/$id",
        params: { id: found.destination.id },
        search: { tab: "senders", sender: id },
      };
    case "Source":
      return { to: "/settings/sources", search: { open: id } };
  }
}
