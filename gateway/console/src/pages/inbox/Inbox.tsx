import { Group, SegmentedControl, Select, Tabs } from "@mantine/core";
import { getRouteApi } from "@tanstack/react-router";

import { choiceOf, useAccountNames } from "../../parts/choices.ts";
import { Page } from "../../parts/Page.tsx";
import { Replies } from "./Replies.tsx";
import { StrayCallbacks } from "./StrayCallbacks.tsx";
import { inboxSearch } from "./search.ts";

const ALL = { value: "ALL", label: "All accounts" };

const route = getRouteApi("/inbox");

/** What people wrote, and what wants somebody to say whether it is a stop. */
export function Inbox() {
  const { needsReview, destinationId, tab } = route.useSearch({ select: inboxSearch });
  const navigate = route.useNavigate();
  const { accounts } = useAccountNames();

  return (
    <Page isRead title="Inbox">
      <Tabs
        value={tab ?? "replies"}
        onChange={(value) =>
          navigate({ search: (now) => ({ ...now, tab: value === "callbacks" ? value : undefined }) })
        }
        keepMounted={false}
      >
        <Tabs.List mb="md" aria-label="What came in">
          <Tabs.Tab value="replies">Replies</Tabs.Tab>
          <Tabs.Tab value="callbacks">Callbacks that fit nothing</Tabs.Tab>
        </Tabs.List>
        <Group mb="md" gap="md">
          {tab !== "callbacks" && (
            <SegmentedControl
              aria-label="Which replies"
              size="sm"
              data={[
                { value: "all", label: "All" },
                { value: "review", label: "Wants a look" },
              ]}
              value={needsReview ? "review" : "all"}
              onChange={(value) =>
                navigate({ search: (now) => ({ ...now, needsReview: value === "review" || undefined }) })
              }
            />
          )}
          <Select
            aria-label="Account"
            data={[ALL, ...accounts.map(choiceOf)]}
            value={destinationId ?? ALL.value}
            allowDeselect={false}
            searchable
            onChange={(value) =>
              navigate({
                search: (now) => ({
                  ...now,
                  destinationId: !value || value === ALL.value ? undefined : value,
                }),
              })
            }
            w={220}
          />
        </Group>
        <Tabs.Panel value="replies">
          <Replies
            key={`${needsReview}-${destinationId}`}
            needsReview={needsReview}
            destinationId={destinationId}
          />
        </Tabs.Panel>
        <Tabs.Panel value="callbacks">
          <StrayCallbacks destinationId={destinationId} />
        </Tabs.Panel>
      </Tabs>
    </Page>
  );
}
