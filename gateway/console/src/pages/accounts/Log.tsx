import { Button, Text } from "@mantine/core";
import { useState } from "react";

import { useRows } from "../../api/queries.ts";
import { type Column, DataTable } from "../../parts/DataTable.tsx";
import { Empty } from "../../parts/Empty.tsx";
import { When } from "../../parts/When.tsx";
import { AccountLogDocument, type AccountLogQuery } from "./tabs.graphql.ts";

type Entry = AccountLogQuery["auditEntries"]["edges"][number]["node"];

const COLUMNS: Column<Entry>[] = [
  {
    name: "When, and who",
    width: "30%",
    of: (entry) => (
      <>
        <When at={entry.at} />
        <Text size="xs" c="dimmed">
          {entry.actor}
        </Text>
      </>
    ),
  },
  {
    name: "What",
    of: (entry) => (
      <>
        <Text size="sm" fw={500}>
          {actionInWords(entry.action)}
        </Text>
        <Changes changes={entry.changes} />
      </>
    ),
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

const SHOWN_AT_FIRST = 4;

function Changes({ changes }: Pick<Entry, "changes">) {
  const [isWhole, setWhole] = useState(false);
  const more = changes.length - SHOWN_AT_FIRST;
  return (
    <>
      {(isWhole ? changes : changes.slice(0, SHOWN_AT_FIRST)).map(({ field, before, after }) => (
        <Text key={field} size="sm" style={{ overflowWrap: "anywhere" }}>
          {field}: {before ?? "nothing"} → {after ?? "nothing"}
        </Text>
      ))}
      {more > 0 && (
        <Button size="compact-xs" variant="subtle" color="gray" onClick={() => setWhole(!isWhole)}>
          {isWhole ? "Show less" : `Show ${more} more`}
        </Button>
      )}
    </>
  );
}

/** "destinationKeyAdd" → "Destination key add". */
function actionInWords(action: string): string {
  const words = action.replaceAll(/([a-z])([A-Z])/g, "$1 $2").toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}
