import { Text } from "@mantine/core";
import { getRouteApi, useNavigate } from "@tanstack/react-router";

import { useRows } from "../../api/queries.ts";
import { type Column, DataTable } from "../../parts/DataTable.tsx";
import { Empty } from "../../parts/Empty.tsx";
import { ButtonLink } from "../../parts/links.tsx";
import { DisabledTag, TrustTag } from "../../parts/SourceTags.tsx";
import { Tag } from "../../parts/Tag.tsx";
import { When } from "../../parts/When.tsx";
import { several } from "../../parts/words.ts";
import { useMay } from "../../shell/viewer.ts";
import { SettingsPage } from "./SettingsPage.tsx";
import { NewSource } from "./sources/NewSource.tsx";
import { SourcePanel } from "./sources/SourcePanel.tsx";
import { type SourcePartsFragment, SourcesDocument } from "./sources/sources.graphql.ts";

const route = getRouteApi("/settings/sources");

const COLUMNS: Column<SourcePartsFragment>[] = [
  { name: "Name", of: (source) => source.name },
  {
    name: "Trust",
    of: (source) => <TrustTag trust={source.trust} />,
  },
  { name: "State", of: (source) => <State source={source} /> },
  {
    name: "Write key",
    wide: true,
    of: (source) => (
      <Text span size="sm" ff="monospace">
        ••••{source.writeKey.lastFour}
      </Text>
    ),
  },
  { name: "Accounts", wide: true, of: (source) => <Accounts source={source} /> },
  { name: "Refused", wide: true, of: (source) => <Refused source={source} /> },
  {
    name: "Last event",
    wide: true,
    of: (source) => (source.lastEventAt ? <When at={source.lastEventAt} ago /> : "None yet"),
  },
];

/** Where events come from. */
export function Sources() {
  const { open } = route.useSearch();
  const navigate = useNavigate({ from: "/settings/sources" });
  const mayMake = useMay("ADMIN");
  const list = useRows(SourcesDocument, {}, (result) => result.sources);
  const make = mayMake && (
    <ButtonLink to="/settings/sources" search={{ open: "new" }}>
      New source
    </ButtonLink>
  );
  const close = () => void navigate({ search: {} });

  return (
    <SettingsPage title="Sources" actions={make}>
      <DataTable
        label="Sources"
        columns={COLUMNS}
        {...list}
        keyOf={(source) => source.id}
        to={(source) => ({ to: "/settings/sources", search: { open: source.id } })}
        isSelected={(source) => source.id === open}
        empty={
          <Empty title="No source yet" action={make}>
            A source is an app, a server or a site that sends events. Its write key lets its events in.
            {!mayMake && " An admin makes one."}
          </Empty>
        }
      />
      <NewSource opened={open === "new" && mayMake} onClose={close} />
      <SourcePanel
        id={open === "new" ? null : (open ?? null)}
        onClose={close}
        // What was typed of it is wanted by nobody then.
        onDeleted={() => void navigate({ search: {}, ignoreBlocker: true })}
      />
    </SettingsPage>
  );
}

function State({ source }: { source: SourcePartsFragment }) {
  return source.enabled ? <Tag tone="green">Enabled</Tag> : <DisabledTag source={source} />;
}

function Accounts({ source }: { source: SourcePartsFragment }) {
  const names = source.destinations.edges.map(({ node }) => node.name);
  if (names.length === 0) {
    return (
      <Text span size="sm" c="dimmed">
        None: its events lead to no text
      </Text>
    );
  }
  const more = (source.destinations.totalCount ?? names.length) - 2;
  return (
    <>
      {names.slice(0, 2).join(", ")}
      {more > 0 && ` and ${more} more`}
    </>
  );
}

function Refused({ source }: { source: SourcePartsFragment }) {
  const [latest] = source.refusals;
  if (!latest) {
    return (
      <Text span size="sm" c="dimmed">
        Nothing
      </Text>
    );
  }
  const count = source.refusals.reduce((sum, one) => sum + one.count, 0);
  return (
    <>
      {several(count, "request")}, <When at={latest.lastAt} ago />
    </>
  );
}
