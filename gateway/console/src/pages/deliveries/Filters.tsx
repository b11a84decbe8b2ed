import { Group } from "@mantine/core";
import { memo } from "react";

import { useAnswer } from "../../api/queries.ts";
import { WORDS } from "../../api/words.ts";
import { ChoiceFilter } from "../../parts/ChoiceFilter.tsx";
import classes from "../../parts/filters.module.css";
import { TypedFilters } from "../../parts/TypedFilters.tsx";
import { spelled } from "../../parts/words.ts";
import { useMay } from "../../shell/viewer.ts";
import { CHANNELS } from "./DeliveryColumns.tsx";
import { FilterChoicesDocument, type FilterChoicesQuery } from "./deliveries.graphql.ts";
import {
  CHOICE_KEYS,
  CHOICES,
  type ChoiceKey,
  type DeliverySearch,
  NAMED,
  NAMED_KEYS,
  type NamedKey,
  TYPED,
  TYPED_KEYS,
} from "./search.ts";

type Props = { search: DeliverySearch; onChange: (changed: Partial<DeliverySearch>) => void };

/** What the list can be narrowed by. */
export const Filters = memo(function Filters({ search, onChange }: Props) {
  const named = useAnswer(FilterChoicesDocument, {}).data;
  const maySeeNumbers = useMay("READER");
  return (
    <Group gap={6} role="search" aria-label="Filters of deliveries" className={classes.strip}>
      {CHOICE_KEYS.map((key) => (
        <ChoiceFilter
          key={key}
          name={CHOICES[key].name}
          choices={choicesOf(key)}
          chosen={search[key] ?? []}
          onChange={(chosen) => onChange({ [key]: chosen.length > 0 ? chosen : undefined })}
          multiple
        />
      ))}
      {NAMED_KEYS.map((key) => (
        <ChoiceFilter
          key={key}
          name={NAMED[key].name}
          choices={namesOf(named, key)}
          chosen={search[key] ? [search[key]] : []}
          onChange={([chosen]) => onChange({ [key]: chosen })}
        />
      ))}
      <TypedFilters
        label={maySeeNumbers ? "Number, sender, code …" : "userId, sender, code …"}
        filters={TYPED_KEYS.filter((key) => key !== "recipient" || maySeeNumbers).map((key) => ({
          key,
          ...TYPED[key],
        }))}
        values={search}
        onChange={onChange}
      />
    </Group>
  );
});

function choicesOf(key: ChoiceKey) {
  if (key === "channel") return Object.entries(CHANNELS).map(([value, label]) => ({ value, label }));
  return Object.entries(WORDS[CHOICES[key].of]).map(([value, hint]) => ({
    value,
    label: spelled(value),
    hint,
  }));
}

function namesOf(named: FilterChoicesQuery | undefined, key: NamedKey) {
  const connections = {
    destinationId: named?.destinations,
    mappingId: named?.mappings,
    sourceId: named?.sources,
  };
  return connections[key]?.edges.map(({ node }) => ({ value: node.id, label: node.name })) ?? [];
}
