import { Button, Group, Popover, Stack, TextInput } from "@mantine/core";
import { ChevronDown } from "lucide-react";
import { type FormEvent, useState } from "react";

import { useAnswer } from "../../api/queries.ts";
import { WORDS } from "../../api/words.ts";
import { ChoiceFilter } from "../../parts/ChoiceFilter.tsx";
import { spelled } from "../../parts/words.ts";
import { useMay } from "../../shell/viewer.ts";
import { CHANNELS } from "./DeliveryColumns.tsx";
import { FilterChoicesDocument, type FilterChoicesQuery } from "./deliveries.graphql.ts";
import classes from "./Filters.module.css";
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
export function Filters({ search, onChange }: Props) {
  const named = useAnswer(FilterChoicesDocument, {}).data;
  return (
    <Group gap={6} role="search" aria-label="Filters of deliveries" className={classes.filters}>
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
      <TypedFilters search={search} onChange={onChange} />
    </Group>
  );
}

/** What is typed, all in one form. */
function TypedFilters({ search, onChange }: Props) {
  const [open, setOpen] = useState(false);
  const maySeeNumbers = useMay("READER");
  const keys = TYPED_KEYS.filter((key) => key !== "recipient" || maySeeNumbers);
  const count = keys.filter((key) => search[key]).length;

  function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const given = new FormData(event.currentTarget);
    onChange(
      Object.fromEntries(
        keys.map((key) => [key, String(given.get(key) ?? "").trim() || undefined]),
      ) as Partial<DeliverySearch>,
    );
    setOpen(false);
  }

  return (
    <Popover
      opened={open}
      onChange={setOpen}
      width={300}
      position="bottom-start"
      trapFocus
      returnFocus
      withRoles
    >
      <Popover.Target>
        <Button
          variant="default"
          size="xs"
          fw={500}
          rightSection={<ChevronDown size={14} aria-hidden="true" />}
          onClick={() => setOpen(!open)}
        >
          {maySeeNumbers ? "Number, sender, code …" : "userId, sender, code …"}
          {count > 0 && ` · ${count}`}
        </Button>
      </Popover.Target>
      <Popover.Dropdown aria-label="Filter by what is typed">
        <form onSubmit={submit}>
          <Stack gap={6}>
            {keys.map((key) => (
              <TextInput
                key={key}
                name={key}
                size="xs"
                label={TYPED[key].name}
                placeholder={TYPED[key].example}
                defaultValue={search[key] ?? ""}
              />
            ))}
            <Button type="submit" size="xs" mt={4}>
              Show
            </Button>
          </Stack>
        </form>
      </Popover.Dropdown>
    </Popover>
  );
}

function choicesOf(key: ChoiceKey) {
  if (key === "channel") return Object.entries(CHANNELS).map(([value, label]) => ({ value, label }));
  return Object.keys(WORDS[CHOICES[key].of]).map((value) => ({ value, label: spelled(value) }));
}

function namesOf(named: FilterChoicesQuery | undefined, key: NamedKey) {
  const connections = {
    destinationId: named?.destinations,
    mappingId: named?.mappings,
    sourceId: named?.sources,
  };
  return connections[key]?.edges.map(({ node }) => ({ value: node.id, label: node.name })) ?? [];
}
