import { Loader, Tabs } from "@mantine/core";
import { useNavigate, useParams, useSearch } from "@tanstack/react-router";

import { useAnswer } from "../../api/queries.ts";
import { Empty } from "../../parts/Empty.tsx";
import { Failure } from "../../parts/Failure.tsx";
import { inSight } from "../../parts/inSight.ts";
import { Page } from "../../parts/Page.tsx";
import { AccountTag } from "../../parts/StatusTags.tsx";
import { useMay } from "../../shell/viewer.ts";
import classes from "./Account.module.css";
import { AccountActions } from "./AccountActions.tsx";
import { AccountState } from "./AccountState.tsx";
import { AccountDocument } from "./account.graphql.ts";
import { ConnectSource } from "./ConnectSource.tsx";
import { Keys } from "./Keys.tsx";
import { Log } from "./Log.tsx";
import { Policy } from "./Policy.tsx";
import { Senders } from "./Senders.tsx";
import { Settings } from "./Settings.tsx";
import type { AccountTab } from "./search.ts";
import { Templates } from "./Templates.tsx";
import { useAccountChanges } from "./useAccountChanges.ts";
import { Webhooks } from "./Webhooks.tsx";

const NAMES: Record<AccountTab, string> = {
  senders: "Senders",
  settings: "Settings",
  keys: "Keys",
  templates: "Templates",
  policy: "Rules",
  sources: "Sources",
  webhooks: "Webhooks",
  log: "Audit log",
};

/** One account whole: how it stands, what can be done with it, and all that belongs to it. */
export function Account() {
  const { id } = useParams({ from: "/accounts/$id" });
  // Another account is another page: nothing of the last one is shown meanwhile, or saved with it.
  return <AccountOf key={id} id={id} />;
}

function AccountOf({ id }: { id: string }) {
  const { tab = "senders" } = useSearch({ from: "/accounts/$id" });
  const navigate = useNavigate();
  const isAdmin = useMay("ADMIN");
  const { data, error } = useAnswer(AccountDocument, { id });
  useAccountChanges(id);
  const account = data?.destination;

  if (!data)
    return (
      <Page oneOf="accounts" title="Account">
        <Failure of={error} title="The account could not be read" />
        {!error && <Loader aria-label="Loading" aria-busy="true" />}
      </Page>
    );
  if (!account)
    return (
      <Page oneOf="accounts" title="Account">
        <Empty title="There is no such account">
          Somebody deleted it, or it was never here. What was sent through it is still among the deliveries.
        </Empty>
      </Page>
    );
  const { definition } = account;
  const hasWebhook = definition.settingsFields.some((field) => field.key === "webhookUrl");
  const hasKeys = definition.settingsFields.some((field) => field.shownAs !== field.key);
  const shown = (Object.keys(NAMES) as AccountTab[]).filter(
    (one) => (one !== "webhooks" || hasWebhook) && (one !== "keys" || (isAdmin && (hasKeys || hasWebhook))),
  );
  return (
    <Page
      isRead
      oneOf="accounts"
      title={account.name}
      beside={<AccountTag status={account.status} paused={account.paused} enabled={account.enabled} />}
      actions={<AccountActions account={account} />}
    >
      <Failure of={error} title="The account could not be read anew" />
      <AccountState account={account} />
      <Tabs
        value={shown.includes(tab) ? tab : "senders"}
        onChange={(chosen) =>
          navigate({
            to: "/accounts/$id",
            params: { id },
            search: chosen === null || chosen === "senders" ? {} : { tab: chosen as AccountTab },
            replace: true,
          })
        }
        keepMounted={false}
        mt="lg"
      >
        <Tabs.List aria-label={`Of ${account.name}`} className={classes.tabs}>
          {shown.map((one) => (
            <Tabs.Tab key={one} value={one} ref={one === tab ? inSight : undefined}>
              {NAMES[one]}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        <Tabs.Panel value="senders" pt="md">
          <Senders account={account} />
        </Tabs.Panel>
        <Tabs.Panel value="settings" pt="md">
          <Settings account={account} />
        </Tabs.Panel>
        <Tabs.Panel value="keys" pt="md">
          <Keys account={account} />
        </Tabs.Panel>
        <Tabs.Panel value="templates" pt="md">
          <Templates account={account} />
        </Tabs.Panel>
        <Tabs.Panel value="policy" pt="md">
          <Policy account={account} />
        </Tabs.Panel>
        <Tabs.Panel value="sources" pt="md">
          <ConnectSource accountId={account.id} connected={account.sources} />
        </Tabs.Panel>
        <Tabs.Panel value="webhooks" pt="md">
          <Webhooks account={account} />
        </Tabs.Panel>
        <Tabs.Panel value="log" pt="md">
          <Log id={account.id} />
        </Tabs.Panel>
      </Tabs>
    </Page>
  );
}
