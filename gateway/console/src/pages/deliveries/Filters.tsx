import { Group } from "@mantine/core";
import { memo } from "react";

import type { Channel, MessageStatus } from "../../api/schema.ts";
import { WORDS } from "../../api/words.ts";
import { type Choice, ChoiceFilter } from "../../parts/ChoiceFilter.tsx";
import { choiceOf, useAccountNames, useMappingNames, useSourceNames } from "../../parts/choices.ts";
import classes from "../../parts/filters.module.css";
import { TypedFilters } from "../../parts/TypedFilters.tsx";
import { channelInWords, inPageWords, spelled } from "../../parts/words.ts";
import { useMay } from "../../shell/viewer.ts";
import {
  CHOICES,
  type ChoiceKey,
  type DeliverySearch,
  NAMED,
  NAMED_KEYS,
  type NamedKey,
  ofProvider,
  searchOf,
  statusesOf,
  TYPED,
  TYPED_KEYS,
} from "./search.ts";

type Props = { search: DeliverySearch; onChange: (changed: Partial<DeliverySearch>) => void };

const LISTED = ["reason", "channel"] as const satisfies ChoiceKey[];

const wordsOf = (of: "DeliveryStatus" | "MessageStatus" | "Reason") =>
  Object.entries(WORDS[of]).map(([value, hint]) => ({
    value,
    label: spelled(value),
    hint: inPageWords(hint),
  }));

/** What the provider said last comes first. */
const STATUSES: Choice[] = [
  ...wordsOf("MessageStatus")
    .reverse()
    .map((one) => ({
      ...one,
      value: ofProvider(one.value as MessageStatus),
      group: "Once the provider took it",
    })),
  ...wordsOf("DeliveryStatus").map((one) => ({ ...one, group: "Here" })),
];

/** What the list can be narrowed by. */
export const Filters = memo(function Filters({ search, onChange }: Props) {
  const named: Record<NamedKey, { id: string; name: string }[]> = {
    destinationId: useAccountNames().accounts,
    mappingId: useMappingNames().mappings,
    sourceId: useSourceNames().sources,
  };
  const maySeeNumbers = useMay("READER");
  return (
    <Group gap={6} role="search" aria-label="Filters of deliveries" className={classes.strip}>
      <ChoiceFilter
        name={CHOICES.status.name}
        choices={STATUSES}
        chosen={statusesOf(search)}
        onChange={(chosen) => onChange(searchOf(chosen, statusesOf(search)))}
        multiple
      />
      {LISTED.map((key) => (
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
          choices={named[key].map(choiceOf)}
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

const choicesOf = (key: (typeof LISTED)[number]): Choice[] =>
  key === "channel"
    ? (Object.keys(WORDS.Channel) as Channel[]).map((value) => ({ value, label: channelInWords(value) }))
    : wordsOf("Reason");
