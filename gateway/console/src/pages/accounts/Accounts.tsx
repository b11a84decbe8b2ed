import { Button, Skeleton } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { Plus } from "lucide-react";

import { useAnswer, useRows } from "../../api/queries.ts";
import { Empty } from "../../parts/Empty.tsx";
import { Failure } from "../../parts/Failure.tsx";
import { Page } from "../../parts/Page.tsx";
import { PauseEverything } from "../../parts/pausing/PauseEverything.tsx";
import { StatRow } from "../../parts/StatRow.tsx";
import { counted } from "../../parts/words.ts";
import { useMay, useViewer } from "../../shell/viewer.ts";
import { AccountCard } from "./AccountCard.tsx";
import classes from "./Accounts.module.css";
import { AccountCountsDocument, AccountsDocument } from "./accounts.graphql.ts";
import { useAccountChanges } from "./useAccountChanges.ts";

/** The accounts at providers that messages go out through, and how each stands. */
export function Accounts() {
  const { space } = useViewer();
  const isAdmin = useMay("ADMIN");
  const counts = useAnswer(AccountCountsDocument, { space });
  const list = useRows(AccountsDocument, {}, (answer) => answer.destinations);
  useAccountChanges();

  const add = isAdmin && (
    <Button
      leftSection={<Plus size={16} aria-hidden="true" />}
      renderRoot={(props) => <Link to="/accounts/new" {...props} />}
    >
      Add an account
    </Button>
  );
  return (
    <Page
      title="Accounts"
      actions={
        <>
          {list.rows.length > 0 && <PauseEverything paused={counts.data?.sendingPaused ?? false} />}
          {list.rows.length > 0 && add}
        </>
      }
    >
      <Failure of={counts.error} />
      <Failure of={list.error} title="The accounts could not be read" />
      {counts.data && list.rows.length > 0 && (
        <StatRow
          label="Accounts"
          stats={[
            {
              name: "Connected",
              value: counted(counts.data.destinationCounts.connected),
              title: "Those that are enabled",
            },
            {
              name: "Verified",
              value: counted(counts.data.destinationCounts.verified),
              title: "Those of them that send",
            },
            {
              name: "Awaiting action",
              value: counted(counts.data.destinationCounts.awaitingAction),
              title: "Those of them that still have to be verified",
            },
            ...(counts.data.destinationCounts.disabled > 0
              ? [{ name: "Disabled", value: counted(counts.data.destinationCounts.disabled) }]
              : []),
          ]}
        />
      )}
      {list.isPending && <Skeleton height={180} maw={520} aria-busy="true" />}
      {!list.isPending && !list.error && list.rows.length === 0 && (
        <Empty title="There is no account yet" action={add || undefined}>
          Texts go out through an account at a provider, such as Twilio.{" "}
          {isAdmin
            ? "Add yours: you need its SID and a key from the provider's console."
            : "Ask an admin to add one."}
        </Empty>
      )}
      <ul className={classes.cards} aria-label="Accounts">
        {list.rows.map((row) => (
          <AccountCard key={row.id} account={row} />
        ))}
      </ul>
      {list.hasMore && (
        <Button variant="default" mt="md" loading={list.isLoadingMore} onClick={list.more}>
          Show more
        </Button>
      )}
    </Page>
  );
}
