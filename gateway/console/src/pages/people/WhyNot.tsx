import { Select, Skeleton, Stack, Text, Title } from "@mantine/core";
import { getRouteApi } from "@tanstack/react-router";

import { useAnswer, useRows } from "../../api/queries.ts";
import { WORDS } from "../../api/words.ts";
import { useMappingNames } from "../../parts/choices.ts";
import { type Column, DataTable } from "../../parts/DataTable.tsx";
import { Empty } from "../../parts/Empty.tsx";
import { Failure } from "../../parts/Failure.tsx";
import { Gates } from "../../parts/Gates.tsx";
import { Tag } from "../../parts/Tag.tsx";
import { reasonInWords, spelled } from "../../parts/words.ts";
import {
  PersonMappingsDocument,
  type PersonMappingsQuery,
  WhyNotDocument,
  type WhyNotQuery,
} from "./person.graphql.ts";

const PAGE = 10;

const route = getRouteApi("/people/$id");

/** What would stop a text of a mapping now: the whole of it for one that is chosen, and the first gate for each. */
export function WhyNot({ id }: { id: string }) {
  const { mappingId } = route.useSearch();
  const navigate = route.useNavigate();
  const choices = useMappingNames();
  const mappings = useRows(PersonMappingsDocument, { first: PAGE }, (answer) => answer.mappings);
  const names = choices.mappings.map(({ id, name, destination }) => ({
    value: id,
    label: `${name} · ${destination.name}`,
  }));

  return (
    <Stack gap="lg">
      <div>
        <Select
          label="Why would they get no text from"
          placeholder="Choose a mapping"
          searchable
          clearable
          nothingFoundMessage="No mapping of that name"
          data={names}
          value={mappingId ?? null}
          onChange={(value) =>
            navigate({ search: (now) => ({ ...now, mappingId: value ?? undefined }), replace: true })
          }
          maw={520}
          mb="sm"
        />
        <Failure of={choices.error} title="The mappings could not be read" />
        {mappingId && <Whole key={mappingId} id={id} mappingId={mappingId} />}
      </div>
      <section aria-labelledby="each">
        <Title order={2} size="h5" id="each" mb={4}>
          Each mapping, now
        </Title>
        <Text size="sm" c="dimmed" mb="xs">
          What would become of a text if its event came now. Nothing is sent by looking.
        </Text>
        <DataTable
          label="What each mapping would do"
          columns={columnsFor(id)}
          rows={mappings.rows}
          keyOf={(mapping) => mapping.id}
          to={(mapping) => ({
            to: "/people/$id",
            params: { id },
            search: { tab: "why", mappingId: mapping.id },
            resetScroll: false,
            replace: true,
          })}
          isSelected={(mapping) => mapping.id === mappingId}
          isPending={mappings.isPending}
          error={mappings.error}
          total={mappings.total}
          hasMore={mappings.hasMore}
          isLoadingMore={mappings.isLoadingMore}
          more={mappings.more}
          empty={<Empty title="There is no mapping yet">Without one, nobody gets a text.</Empty>}
        />
      </section>
    </Stack>
  );
}

type Mapping = PersonMappingsQuery["mappings"]["edges"][number]["node"];

const columnsFor = (id: string): readonly Column<Mapping>[] => [
  { name: "Mapping", of: (mapping) => mapping.name },
  { name: "Account", of: (mapping) => mapping.destination.name, wide: true },
  { name: "Purpose", of: (mapping) => spelled(mapping.purpose), wide: true },
  { name: "Would they get it?", of: (mapping) => <Verdict id={id} mappingId={mapping.id} /> },
];

function useGates(id: string, mappingId: string) {
  const { data, error } = useAnswer(WhyNotDocument, { id, mappingId });
  const gates = data?.node?.__typename === "Contact" ? data.node.whyNot : null;
  return { gates, mapping: data?.mapping ?? null, error };
}

/** What becomes of a text that no gate stops, which is known of the mapping alone. */
function inWords(passes: boolean, mapping: WhyNotQuery["mapping"]): string {
  if (mapping?.enabled === false) return "They would not get it: the mapping is disabled.";
  if (!passes) return "They would not get it now.";
  return mapping?.mode === "SHADOW"
    ? "They would not get it: the mapping is in SHADOW, so that it is only recorded. Every gate lets it pass."
    : "They would get it: every gate lets it pass.";
}

/** Every gate, and the one that would stop it open. */
function Whole({ id, mappingId }: { id: string; mappingId: string }) {
  const { gates, mapping, error } = useGates(id, mappingId);
  if (error && !gates) return <Failure of={error} title="It could not be tried" />;
  if (!gates) return <Skeleton height={160} aria-busy="true" />;
  const passes = gates.every((gate) => gate.passed);
  return (
    <section aria-label="The gates now">
      <Text fw={600} mb={4} role="status">
        {inWords(passes, mapping)}
      </Text>
      <Gates gates={gates} />
    </section>
  );
}

/** The first gate that would stop it. */
function Verdict({ id, mappingId }: { id: string; mappingId: string }) {
  const { gates, mapping, error } = useGates(id, mappingId);
  if (error && !gates) return <Text size="sm">could not be tried</Text>;
  if (!gates) return <Skeleton height={14} width={90} />;
  const stops = gates.find((gate) => !gate.passed);
  if (mapping?.enabled === false) return <Tag tone="grey">Disabled</Tag>;
  if (!stops && mapping?.mode === "SHADOW")
    return (
      <Tag tone="grey" title={WORDS.MappingMode.SHADOW}>
        Only recorded (SHADOW)
      </Tag>
    );
  if (!stops) return <Tag tone="green">Yes</Tag>;
  return (
    <Tag tone="red" title={stops.reason ? reasonInWords(stops.reason) : undefined}>
      {stops.reason ? spelled(stops.reason) : `Stopped by ${spelled(stops.gate).toLowerCase()}`}
    </Tag>
  );
}
