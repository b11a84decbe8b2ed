import { Group, NativeSelect, SegmentedControl } from "@mantine/core";
import { getRouteApi, useNavigate } from "@tanstack/react-router";

import { useRows } from "../../api/queries.ts";
import { useAccountNames } from "../../parts/choices.ts";
import { type Column, DataTable } from "../../parts/DataTable.tsx";
import { Empty } from "../../parts/Empty.tsx";
import { ButtonLink } from "../../parts/links.tsx";
import { WebhookTag } from "../../parts/WebhookTag.tsx";
import { When } from "../../parts/When.tsx";
import { useMay } from "../../shell/viewer.ts";
import { SettingsPage } from "./SettingsPage.tsx";
import { TestWebhook } from "./webhooks/TestWebhook.tsx";
import { WebhookPanel } from "./webhooks/WebhookPanel.tsx";
import { WebhookDeliveriesDocument, type WebhookDeliveryPartsFragment } from "./webhooks/webhooks.graphql.ts";

const route = getRouteApi("/settings/webhooks");
const REFRESH_MS = 10_000;

const COLUMNS: Column<WebhookDeliveryPartsFragment>[] = [
  { name: "Event", of: (one) => one.event },
  { name: "State", of: (one) => <WebhookTag delivery={one} /> },
  { name: "Account", wide: true, of: (one) => one.destination.name },
  { name: "Attempts", wide: true, align: "right", of: (one) => one.attempts },
  { name: "Last answer", wide: true, align: "right", of: (one) => one.lastStatus ?? "–" },
  { name: "When", align: "right", of: (one) => <When at={one.createdAt} /> },
];

const SHOWN = [
  { value: "all", label: "All" },
  { value: "dead", label: "Given up" },
  { value: "rest", label: "The rest" },
];

/** What owners of accounts are told at an address of theirs. */
export function Webhooks() {
  const { open, destinationId, dead } = route.useSearch();
  const navigate = useNavigate({ from: "/settings/webhooks" });
  const mayTest = useMay("OPERATOR");
  const { accounts } = useAccountNames();
  const list = useRows(
    WebhookDeliveriesDocument,
    { destinationId: destinationId ?? null, dead: dead ?? null },
    (result) => result.webhookDeliveries,
    { refetchInterval: REFRESH_MS },
  );

  return (
    <SettingsPage
      title="Webhooks"
      actions={mayTest && accounts.length > 0 && <TestWebhook accounts={accounts} />}
    >
      <Group gap="sm" mb="sm" align="flex-end">
        <SegmentedControl
          aria-label="Which ones"
          size="xs"
          data={SHOWN}
          value={dead === undefined ? "all" : dead ? "dead" : "rest"}
          onChange={(value) =>
            void navigate({ search: { destinationId, dead: value === "all" ? undefined : value === "dead" } })
          }
        />
        {accounts.length > 1 && (
          <NativeSelect
            aria-label="Account"
            size="xs"
            value={destinationId ?? ""}
            onChange={(event) =>
              void navigate({ search: { dead, destinationId: event.currentTarget.value || undefined } })
            }
            data={[
              { value: "", label: "All accounts" },
              ...accounts.map(({ id, name }) => ({ value: id, label: name })),
            ]}
          />
        )}
      </Group>
      <DataTable
        label="Webhooks"
        columns={COLUMNS}
        {...list}
        keyOf={(one) => one.id}
        to={(one) => ({ to: "/settings/webhooks", search: { destinationId, dead, open: one.id } })}
        isSelected={(one) => one.id === open}
        empty={
          dead === true ? (
            <Empty title="Nothing was given up">
              What an owner's address does not take is sent again for 24 hours before it is given up.
            </Empty>
          ) : (
            <Empty
              title="Nobody was told anything yet"
              action={
                <ButtonLink variant="default" to="/accounts">
                  See the accounts
                </ButtonLink>
              }
            >
              Give an account a webhook address in its settings: what becomes of its texts, and what people
              write, is sent there.
            </Empty>
          )
        }
      />
      <WebhookPanel id={open ?? null} onClose={() => void navigate({ search: { destinationId, dead } })} />
    </SettingsPage>
  );
}
