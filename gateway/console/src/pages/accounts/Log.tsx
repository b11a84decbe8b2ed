import { Text } from "@mantine/core";

import { useRows } from "../../api/queries.ts";
import { type Column, DataTable } from "../../parts/DataTable.tsx";
import { Empty } from "../../parts/Empty.tsx";
import { When } from "../../parts/When.tsx";
import { AccountLogDocument, type AccountLogQuery } from "./tabs.graphql.ts";

type Entry = AccountLogQuery["auditEntries"]["edges"][number]["node"];

const COLUMNS: Column<Entry>[] = [
  { name: "When", of: (entry) => <When at={entry.at} /> },
  { name: "Who", of: (entry) => entry.actor },
  { name: "What", of: (entry) => actionInWords(entry.action) },
  {
    name: "Changed",
    of: (entry) =>
      entry.changes.map(({ field, before, after }) => (
        <Text key={field} size="sm" style={{ overflowWrap: "anywhere" }}>
          {field}: {before ?? "nothing"} → {after ?? "nothing"}
        </Text>
      )),
  },
];

/** Who changed what of an account. */
export function Log({ id }: { id: string }) {
  const list = useRows(AccountLogDocument, { id }, (answer) => answer.auditEntries);
  return (
    <DataTable
      label="Log"
      columns={COLUMNS}
      rows={list.rows}
      keyOf={(entry) => entry.id}
      isPending={list.isPending}
      error={list.error}
      total={list.total}
      hasMore={list.hasMore}
      isLoadingMore={list.isLoadingMore}
      more={list.more}
      empty={<Empty title="Nothing of it was changed yet">Who changes what is listed here.</Empty>}
    />
  );
}

/** "destinationKeyAdd" → "Destination key add". */
function actionInWords(action: string): string {
  const words = action.replaceAll(/([a-z])([A-Z])/g, "$1 $2").toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}
