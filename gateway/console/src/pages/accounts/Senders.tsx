import { Button, Group, Text } from "@mantine/core";
import { useNavigate, useSearch } from "@tanstack/react-router";

import { useAnswer, useRows } from "../../api/queries.ts";
import { type Column, DataTable } from "../../parts/DataTable.tsx";
import { Empty } from "../../parts/Empty.tsx";
import { SenderTag } from "../../parts/StatusTags.tsx";
import { Tag } from "../../parts/Tag.tsx";
import { channelInWords } from "../../parts/words.ts";
import { useMay } from "../../shell/viewer.ts";
import classes from "./Account.module.css";
import { StopOrGo } from "./PausingSender.tsx";
import { SenderDrawer } from "./SenderDrawer.tsx";
import { SyncButton } from "./SyncButton.tsx";
import { inboundOf, senderKindInWords } from "./senderStates.tsx";
import type { AccountWhole } from "./shapes.ts";
import { OneSenderDocument, type SenderRowFragment, SendersDocument } from "./tabs.graphql.ts";

/** What an account sends from: each can be stopped by itself, let go on, and put in the place of another. */
export function Senders({ account }: { account: AccountWhole }) {
  const mayChange = useMay("OPERATOR");
  const list = useRows(SendersDocument, { id: account.id }, (answer) => answer.destination?.senders);
  const { sender: openId } = useSearch({ from: "/accounts/$id" });
  const open = useOne(openId, list.rows);
  const navigate = useNavigate({ from: "/accounts/$id" });
  const setOpen = (sender: string | undefined) =>
    void navigate({ search: (now) => ({ ...now, sender }), replace: true });

  const columns: Column<SenderRowFragment>[] = [
    {
      name: "Sender",
      of: (sender) => (
        <div className={classes.sender}>
          <div className={classes.mono}>{sender.address}</div>
          <Text size="xs" c="dimmed">
            {senderKindInWords(sender.kind)}
            {sender.label !== sender.address && ` · ${sender.label}`}
            {sender.country && ` · ${sender.country}`}
          </Text>
          <div className={classes.narrow}>
            <SenderTag sender={sender} />
          </div>
        </div>
      ),
    },
    { name: "State", wide: true, of: (sender) => <SenderTag sender={sender} /> },
    { name: "Channels", wide: true, of: (sender) => sender.channels.map(channelInWords).join(", ") },
    {
      name: "Replies",
      wide: true,
      of: (sender) => {
        const { tone, words } = inboundOf(sender, account);
        return <Tag tone={tone}>{words}</Tag>;
      },
    },
    { name: "Mappings", wide: true, align: "right", of: (sender) => sender.mappings.totalCount ?? "many" },
    {
      name: mayChange ? "Stop or change" : "More",
      align: "right",
      of: (sender) => (
        <Group gap={6} justify="flex-end" className={classes.actions}>
          {mayChange && !sender.removedAt && <StopOrGo sender={sender} size="compact-sm" />}
          <Button
            size="compact-sm"
            variant="default"
            onClick={() => setOpen(sender.id)}
            aria-label={`Details of ${sender.address}`}
          >
            Details
          </Button>
        </Group>
      ),
    },
  ];
  return (
    <>
      <Group justify="space-between" mb="sm" gap="sm">
        <Text size="sm" c="dimmed">
          What the account sends from. To stop one sender, pause it: its texts wait, all others go on.
        </Text>
        {mayChange && <SyncButton accountId={account.id} of="senders" />}
      </Group>
      <DataTable
        label="Senders"
        columns={columns}
        rows={list.rows}
        keyOf={(sender) => sender.id}
        isPending={list.isPending}
        error={list.error}
        total={list.total}
        hasMore={list.hasMore}
        isLoadingMore={list.isLoadingMore}
        more={list.more}
        empty={
          <Empty title="No sender is known yet">
            {account.status === "VERIFIED"
              ? "The account has none, or its list was not read yet: sync it."
              : "Its list is read once the account is verified."}
          </Empty>
        }
      />
      <SenderDrawer account={account} sender={open} onClose={() => setOpen(undefined)} />
    </>
  );
}

/** The sender of that id: of those that are shown, else as the API has it. */
function useOne(id: string | undefined, shown: readonly SenderRowFragment[]): SenderRowFragment | null {
  const known = shown.find((sender) => sender.id === id);
  const asked = useAnswer(OneSenderDocument, { id: id ?? "" }, { enabled: id !== undefined && !known });
  if (id === undefined) return null;
  const node = asked.data?.node;
  return known ?? (node?.__typename === "Sender" && node.id === id ? node : null);
}
