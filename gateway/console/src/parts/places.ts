import type { LinkProps } from "@tanstack/react-router";

const PLACES = {
  ApiToken: () => ({ to: "/settings/tokens" }),
  Contact: (id) => ({ to: "/people/$id", params: { id } }),
  Delivery: (id) => ({ to: "/deliveries/$id", params: { id } }),
  Destination: (id) => ({ to: "/accounts/$id", params: { id } }),
  Event: (id) => ({ to: "/events/$id", params: { id } }),
  InboundMessage: () => ({ to: "/inbox" }),
  Job: (id) => ({ to: "/settings/jobs", search: { open: id } }),
  Mapping: (id) => ({ to: "/mappings/$id", params: { id } }),
  Source: (id) => ({ to: "/settings/sources", search: { open: id } }),
  WebhookDelivery: (id) => ({ to: "/settings/webhooks", search: { open: id } }),
} satisfies Record<string, (id: string) => LinkProps>;

/** What has a place by its id alone. A sender has one with its account. */
export type Placed = { __typename: keyof typeof PLACES; id: string };

/** Where it is shown. */
export const shownAt = ({ __typename: type, id }: Placed): LinkProps => PLACES[type](id);

/** Whether something is shown anywhere. */
export const isPlaced = (one: { __typename: string; id: string }): one is Placed =>
  Object.hasOwn(PLACES, one.__typename);
