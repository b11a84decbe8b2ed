import { memo } from "react";

import { useAnswer } from "../../api/queries.ts";
import type { Channel } from "../../api/schema.ts";
import { FilterChips } from "../../parts/FilterChips.tsx";
import { periodInWords } from "../../parts/period.ts";
import { channelInWords, spelled } from "../../parts/words.ts";
import { FilterNamesDocument } from "./deliveries.graphql.ts";
import {
  CHOICE_KEYS,
  CHOICES,
  type DeliverySearch,
  NAMED,
  NAMED_KEYS,
  needsPeriod,
  TYPED,
  TYPED_KEYS,
} from "./search.ts";

type Chip = { name: string; value: string; without: Partial<DeliverySearch> };

type Props = {
  search: DeliverySearch;
  onChange: (changed: Partial<DeliverySearch>) => void;
  onClear: () => void;
};

/** What the list is narrowed by; each goes on a click. */
export const Chips = memo(function Chips({ search, onChange, onClear }: Props) {
  const chips = [...useNamedChips(search), ...chipsOf(search)];
  return (
    <FilterChips
      chips={chips.map(({ name, value, without }) => ({ name, value, onRemove: () => onChange(without) }))}
      onClear={onClear}
    />
  );
});

function chipsOf(search: DeliverySearch): Chip[] {
  const chosen = CHOICE_KEYS.flatMap((key) =>
    (search[key] ?? []).map((member) => {
      const others = (search[key] as string[]).filter((one) => one !== member);
      const value = key === "channel" ? channelInWords(member as Channel) : spelled(member);
      return { name: CHOICES[key].name, value, without: { [key]: others.length > 0 ? others : undefined } };
    }),
  );
  const typed = TYPED_KEYS.flatMap((key) =>
    search[key] ? [{ name: TYPED[key].name, value: search[key], without: { [key]: undefined } }] : [],
  );
  const period = periodInWords(search);
  const made = { since: undefined, from: undefined, to: undefined };
  return [
    ...chosen,
    ...typed,
    ...(period && !needsPeriod(search) ? [{ name: "When", value: period, without: made }] : []),
  ];
}

/** What is named by an id, by its name. */
function useNamedChips(search: DeliverySearch): Chip[] {
  const ids = NAMED_KEYS.flatMap((key) => search[key] ?? []);
  const { data } = useAnswer(FilterNamesDocument, { ids }, { enabled: ids.length > 0 });
  const names = new Map(data?.nodes.map((node) => [node?.id, node && "name" in node ? node.name : null]));
  return NAMED_KEYS.flatMap((key) => {
    const id = search[key];
    return id ? [{ name: NAMED[key].name, value: names.get(id) ?? id, without: { [key]: undefined } }] : [];
  });
}
