import { useRows } from "../../api/queries.ts";
import { type Column, DataTable } from "../../parts/DataTable.tsx";
import { Empty } from "../../parts/Empty.tsx";
import { When } from "../../parts/When.tsx";
import { actionInWords } from "../../parts/words.ts";
import { EntryChanges } from "../settings/audit/EntryChanges.tsx";
import { AccountLogDocument, type AccountLogQuery } from "./tabs.graphql.ts";

type Entry = AccountLogQuery["auditEntries"]["edges"][number]["node"];

const COLUMNS: Column<Entry>[] = [
  { name: "What", of: (entry) => <span title={entry.action}>{actionInWords(entry.action)}</span> },
  { name: "Changes", isLong: true, of: (entry) => <EntryChanges changes={entry.changes} /> },
  { name: "Who", of: (entry) => entry.actor },
  { name: "When", align: "right", of: (entry) => <When at={entry.at} /> },
];

/** Who changed what of an account. */
export function Log({ id }: { id: string }) {
  const list = useRows(AccountLogDocument, { id }, (answer) => answer.auditEntries);
  return (
    <DataTable
      label="Audit log"
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
