import { Text } from "@mantine/core";

import { useRows } from "../../api/queries.ts";
import { type Column, DataTable } from "../../parts/DataTable.tsx";
import { Empty } from "../../parts/Empty.tsx";
import { When } from "../../parts/When.tsx";
import { StrayCallbacksDocument, type StrayCallbacksQuery } from "./inbox.graphql.ts";

const PAGE = 25;

type Callback = StrayCallbacksQuery["unmatchedCallbacks"]["edges"][number]["node"];

const COLUMNS: readonly Column<Callback>[] = [
  { name: "When", of: ({ receivedAt }) => <When at={receivedAt} /> },
  { name: "From", of: ({ from }) => from ?? "–" },
  { name: "To", of: ({ to }) => to ?? "–" },
  { name: "Message", wide: true, of: ({ messageSid }) => <code>{messageSid ?? "–"}</code> },
  { name: "Account", wide: true, of: ({ destination }) => destination?.name ?? "–" },
];

/** What providers told that is about no text of ours and nobody whose number is known. */
export function StrayCallbacks({ destinationId }: { destinationId?: string }) {
  const callbacks = useRows(
    StrayCallbacksDocument,
    { first: PAGE, destinationId },
    (answer) => answer.unmatchedCallbacks,
  );
  return (
    <>
      <Text size="sm" c="dimmed" mb="xs" maw={680}>
        What a provider told about no text of this gateway and nobody whose number is known. Nothing was
        changed for anybody. Many of them mean that another program sends with the same account.
      </Text>
      <DataTable
        label="Callbacks that fit nothing"
        columns={COLUMNS}
        rows={callbacks.rows}
        keyOf={(callback) => callback.id}
        isPending={callbacks.isPending}
        isStale={callbacks.isStale}
        error={callbacks.error}
        total={callbacks.total}
        hasMore={callbacks.hasMore}
        isLoadingMore={callbacks.isLoadingMore}
        more={callbacks.more}
        empty={<Empty title="Every callback fits something">There is nothing to look into.</Empty>}
      />
    </>
  );
}
