import { Button, Code, Group } from "@mantine/core";
import { getRouteApi, Link } from "@tanstack/react-router";

import { useRows } from "../../api/queries.ts";
import { WORDS } from "../../api/words.ts";
import { ChoiceFilter } from "../../parts/ChoiceFilter.tsx";
import { choiceOf, useAccountNames } from "../../parts/choices.ts";
import { type Column, DataTable } from "../../parts/DataTable.tsx";
import { Empty } from "../../parts/Empty.tsx";
import { FilterChips } from "../../parts/FilterChips.tsx";
import filters from "../../parts/filters.module.css";
import { Page } from "../../parts/Page.tsx";
import { Tag } from "../../parts/Tag.tsx";
import { several, spelled } from "../../parts/words.ts";
import { useMay } from "../../shell/viewer.ts";
import { MappingActions } from "./MappingActions.tsx";
import classes from "./Mappings.module.css";
import { MappingsDocument, type MappingsQuery } from "./mappings.graphql.ts";

type Row = MappingsQuery["mappings"]["edges"][number]["node"];

const route = getRouteApi("/mappings");

const COLUMNS: readonly Column<Row>[] = [
  { name: "Name", of: (row) => <span className={classes.name}>{row.name}</span> },
  { name: "State", of: (row) => <State row={row} /> },
  { name: "Problems", isNamed: true, of: (row) => <Problems of={row.problems} /> },
  { name: "Trigger", wide: true, of: (row) => <Trigger text={row.trigger} /> },
  { name: "Action", wide: true, of: (row) => <span className={classes.whole}>{row.action.title}</span> },
  { name: "Account", wide: true, of: (row) => <span className={classes.whole}>{row.destination.name}</span> },
];

/** Every mapping: whether it sends, for which events, and what is wrong with it. */
export function Mappings() {
  const { destinationId } = route.useSearch();
  const mayChange = useMay("OPERATOR");
  const list = useRows(MappingsDocument, { destinationId }, (answer) => answer.mappings);
  const columns = mayChange
    ? [
        ...COLUMNS,
        {
          name: "Change",
          wide: true,
          align: "right" as const,
          of: (row: Row) => <MappingActions mapping={row} size="compact-xs" />,
        },
      ]
    : COLUMNS;
  const create = mayChange && (
    <Button renderRoot={(props) => <Link to="/mappings/new" search={{ destinationId }} {...props} />}>
      New mapping
    </Button>
  );
  return (
    <Page title="Mappings" actions={create}>
      <OfAccount chosen={destinationId} />
      <DataTable
        label="Mappings"
        columns={columns}
        {...list}
        keyOf={(row) => row.id}
        to={(row) => ({ to: "/mappings/$id", params: { id: row.id } })}
        empty={
          <Empty title={destinationId ? "No mapping of this account yet" : "No mapping yet"} action={create}>
            A mapping says which events lead to which text. Until there is one, events are kept and nothing is
            sent.
          </Empty>
        }
      />
    </Page>
  );
}

/** Narrows the list to the mappings of one account. */
function OfAccount({ chosen }: { chosen: string | undefined }) {
  const navigate = route.useNavigate();
  const { accounts } = useAccountNames();
  const go = (destinationId?: string) => void navigate({ search: { destinationId }, resetScroll: false });
  if (accounts.length < 2 && !chosen) return null;
  const value = accounts.find(({ id }) => id === chosen)?.name ?? chosen ?? "";
  return (
    <>
      <Group className={filters.strip} role="search" aria-label="Filters of mappings">
        <ChoiceFilter
          name="Account"
          choices={accounts.map(choiceOf)}
          chosen={chosen ? [chosen] : []}
          onChange={([id]) => go(id)}
        />
      </Group>
      <FilterChips
        chips={chosen ? [{ name: "Account", value, onRemove: () => go() }] : []}
        onClear={() => go()}
      />
    </>
  );
}

function State({ row: { enabled, mode } }: { row: Row }) {
  if (!enabled) return <Tag tone="grey">Disabled</Tag>;
  return (
    <Tag tone={mode === "LIVE" ? "green" : "blue"} title={WORDS.MappingMode[mode]}>
      {spelled(mode)}
    </Tag>
  );
}

function Problems({ of: problems }: { of: Row["problems"] }) {
  const errors = problems.filter(({ severity }) => severity === "ERROR").length;
  if (problems.length === 0) return <span className={classes.none}>none</span>;
  return (
    <Tag tone={errors > 0 ? "red" : "amber"} title={problems.map(({ message }) => message).join("\n")}>
      {errors > 0 ? several(errors, "error") : several(problems.length, "warning")}
    </Tag>
  );
}

// Nearly every trigger begins so, and the rest of it is what tells them apart.
const OF_TRACK = /^type = "track" and (?=event\b)/;

const Trigger = ({ text }: { text: string }) => (
  <Code className={classes.trigger} title={text}>
    {text.replace(OF_TRACK, "")}
  </Code>
);
