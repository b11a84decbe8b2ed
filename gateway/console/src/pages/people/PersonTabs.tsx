import { Tabs } from "@mantine/core";
import { getRouteApi } from "@tanstack/react-router";

import { Conversation } from "./Conversation.tsx";
import type { Contact } from "./Person.tsx";
import type { Tab } from "./search.ts";
import { Timeline } from "./Timeline.tsx";
import { WhyNot } from "./WhyNot.tsx";

const route = getRouteApi("/people/$id");

/** The sides of a person that take room: what happened, what was said, and what would stop a text now. */
export function PersonTabs({ contact }: { contact: Contact }) {
  const { tab = "timeline" } = route.useSearch();
  const navigate = route.useNavigate();
  const address = contact.phone ?? "them";
  return (
    <Tabs
      value={tab}
      onChange={(value) => navigate({ search: (now) => ({ ...now, tab: value as Tab }), replace: true })}
      keepMounted={false}
      style={{ minWidth: 0 }}
    >
      <Tabs.List mb="sm" aria-label={`What there is about ${address}`}>
        <Tabs.Tab value="timeline">Timeline</Tabs.Tab>
        <Tabs.Tab value="conversation">Conversation</Tabs.Tab>
        <Tabs.Tab value="why">Why no text?</Tabs.Tab>
      </Tabs.List>
      <Tabs.Panel value="timeline">
        <Timeline id={contact.id} />
      </Tabs.Panel>
      <Tabs.Panel value="conversation">
        <Conversation id={contact.id} />
      </Tabs.Panel>
      <Tabs.Panel value="why">
        <WhyNot id={contact.id} />
      </Tabs.Panel>
    </Tabs>
  );
}
