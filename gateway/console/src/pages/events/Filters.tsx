import { Group } from "@mantine/core";
import { memo } from "react";

import { ChoiceFilter } from "../../parts/ChoiceFilter.tsx";
import { choiceOf, useEventNames, useSourceNames } from "../../parts/choices.ts";
import { FilterChips } from "../../parts/FilterChips.tsx";
import classes from "../../parts/filters.module.css";
import { periodInWords } from "../../parts/period.ts";
import { TypedFilters } from "../../parts/TypedFilters.tsx";
import { spelled } from "../../parts/words.ts";
import { type EventSearch, needsPeriod, OUTCOMES, TYPED, TYPES } from "./search.ts";

type Props = { search: EventSearch; onChange: (changed: Partial<EventSearch>) => void; onClear: () => void };

/** What the list can be narrowed by, and what it is narrowed by. */
export const Filters = memo(function Filters({ search, onChange, onClear }: Props) {
  const names = namesOf(useEventNames(), search.name);
  const sources = useSourceNames().sources.map(choiceOf);
  return (
    <>
      <Group gap={6} className={classes.strip} role="search" aria-label="Filters of events">
        <ChoiceFilter
          name="Outcome"
          choices={OUTCOMES.map((value) => ({ value, label: spelled(value) }))}
          chosen={search.outcome ?? []}
          onChange={(chosen) =>
            onChange({ outcome: chosen.length > 0 ? (chosen as EventSearch["outcome"]) : undefined })
          }
          multiple
        />
        <ChoiceFilter
          name="Name"
          choices={names}
          chosen={search.name ? [search.name] : []}
          onChange={([name]) => onChange({ name })}
        />
        <ChoiceFilter
          name="Type"
          choices={TYPES.map((value) => ({ value, label: value }))}
          chosen={search.type ? [search.type] : []}
          onChange={([type]) => onChange({ type })}
        />
        <ChoiceFilter
          name="Source"
          choices={sources}
          chosen={search.sourceId ? [search.sourceId] : []}
          onChange={([sourceId]) => onChange({ sourceId })}
        />
        <TypedFilters
          label="userId, messageId, problem …"
          filters={TYPED}
          values={search}
          onChange={onChange}
        />
      </Group>
      <FilterChips chips={chipsOf(search, sources, onChange)} onClear={onClear} />
    </>
  );
});

type Named = { value: string; label: string };
type Seen = { name: string; type: string };

// The names that came of late, and the one that is asked for.
function namesOf(seen: readonly Seen[], name: string | undefined): Named[] {
  const names = new Set([...(name ? [name] : []), ...seen.filter(isNamed).map((one) => one.name)]);
  return [...names].map((one) => ({ value: one, label: one }));
}

// A call that has no name stands under its type.
const isNamed = ({ name, type }: Seen): boolean => name !== type;

function chipsOf(search: EventSearch, sources: readonly Named[], onChange: Props["onChange"]) {
  const outcomes = (search.outcome ?? []).map((member) => {
    const others = (search.outcome ?? []).filter((one) => one !== member);
    const outcome = others.length > 0 ? others : undefined;
    return { name: "Outcome", value: spelled(member), onRemove: () => onChange({ outcome }) };
  });
  const source = sources.find(({ value }) => value === search.sourceId)?.label ?? search.sourceId;
  const named = [
    { key: "name", name: "Name", value: search.name },
    { key: "type", name: "Type", value: search.type },
    { key: "sourceId", name: "Source", value: source },
    ...TYPED.map(({ key, name }) => ({ key, name, value: search[key] })),
  ].flatMap(({ key, name, value }) =>
    value ? [{ name, value, onRemove: () => onChange({ [key]: undefined }) }] : [],
  );
  const period = needsPeriod(search) ? null : periodInWords(search);
  const time = { since: undefined, from: undefined, to: undefined };
  return [
    ...outcomes,
    ...named,
    ...(period ? [{ name: "When", value: period, onRemove: () => onChange(time) }] : []),
  ];
}
