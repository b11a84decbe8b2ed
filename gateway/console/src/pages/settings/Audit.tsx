import { Group, Text } from "@mantine/core";
import { getRouteApi } from "@tanstack/react-router";

import { useRows } from "../../api/queries.ts";
import { type Column, DataTable } from "../../parts/DataTable.tsx";
import { Empty } from "../../parts/Empty.tsx";
import { AnchorLink, ButtonLink } from "../../parts/links.tsx";
import { When } from "../../parts/When.tsx";
import { actionInWords } from "../../parts/words.ts";
import classes from "./Audit.module.css";
import { AuditEntriesDocument } from "./audit/audit.graphql.ts";
import { EntryChanges } from "./audit/EntryChanges.tsx";
import { actionOf, type Entry, isOfSource, Target, targetName } from "./audit/Target.tsx";
import { SettingsPage } from "./SettingsPage.tsx";

const route = getRouteApi("/settings/audit");

const COLUMNS: Column<Entry>[] = [
  { name: "What", of: (entry) => <span title={entry.action}>{actionInWords(entry.action)}</span> },
  {
    name: "To what",
    isLong: true,
    of: (entry) => (
      <div className={classes.name}>
        <Target entry={entry} />
        <div className={classes.narrow}>
          <EntryChanges changes={entry.changes} action={actionOf(entry)} isSource={isOfSource(entry)} />
        </div>
      </div>
    ),
  },
  {
    name: "Changes",
    wide: true,
    of: (entry) => (
      <EntryChanges changes={entry.changes} action={actionOf(entry)} isSource={isOfSource(entry)} />
    ),
  },
  { name: "Who", wide: true, of: (entry) => <div className={classes.name}>{entry.actor}</div> },
  { name: "When", align: "right", of: (entry) => <When at={entry.at} /> },
  { name: "Only this", isPlain: true, wide: true, align: "right", of: (entry) => <OnlyThis entry={entry} /> },
];

/** Who changed what. */
export function Audit() {
  const { targetId } = route.useSearch();
  const list = useRows(AuditEntriesDocument, { targetId: targetId ?? null }, (result) => result.auditEntries);
  const named = list.rows.find((entry) => entry.targetId === targetId);
  return (
    <SettingsPage title="Audit log">
      {targetId && (
        <Group gap="xs" mb="sm">
          <Text size="sm">Only what was done to {named ? targetName(named) : targetId}</Text>
          <ButtonLink variant="default" size="compact-sm" to="/settings/audit" search={{}}>
            Show everything
          </ButtonLink>
        </Group>
      )}
      <DataTable
        label="Changes"
        columns={COLUMNS}
        {...list}
        keyOf={(entry) => entry.id}
        empty={
          <Empty title="Nothing was changed yet">
            Each change that somebody makes here, by the API or on the command line, is listed with what it
            was before.
          </Empty>
        }
      />
    </SettingsPage>
  );
}

function OnlyThis({ entry }: { entry: Entry }) {
  if (!entry.targetId) return null;
  const targetId = entry.targetId;
  return (
    <AnchorLink
      size="sm"
      style={{ whiteSpace: "nowrap" }}
      aria-label={`Only what was done to ${targetName(entry)}`}
      to="/settings/audit"
      search={{ targetId }}
    >
      Only this
    </AnchorLink>
  );
}
