import { Select, type SelectProps, TextInput } from "@mantine/core";
import { type FocusEvent, memo, useState } from "react";

import { endsBeforeItBegins, type Period, type Since, SPANS } from "./period.ts";
import { localInput } from "./times.ts";

const ANY = "any";
const BETWEEN = "between";

type Props = Omit<SelectProps, "data" | "value" | "onChange"> & {
  period: Period;
  /** It is told `since`, `from` and `to`, whichever of them are undefined. */
  onChange: (period: Period) => void;
  /** Whether it may be any time. */
  any?: boolean;
};

/** Which period is shown: one of the usual ones, or two moments in the reader's zone. */
export const PeriodSelect = memo(function PeriodSelect({ period, onChange, any = true, ...select }: Props) {
  const [between, setBetween] = useState(false);
  const isBetween = between || Boolean(period.from || period.to);
  const data = [
    ...(any ? [{ value: ANY, label: "Any time" }] : []),
    ...Object.entries(SPANS).map(([value, { words }]) => ({ value, label: words })),
    { value: BETWEEN, label: "Between …" },
  ];

  function choose(value: string | null) {
    setBetween(value === BETWEEN);
    if (value === BETWEEN) return;
    const since = value === ANY || value === null ? undefined : (value as Since);
    onChange({ since, from: undefined, to: undefined });
  }

  return (
    <>
      <Select
        label="Period"
        allowDeselect={false}
        comboboxProps={{ withinPortal: false, floatingStrategy: "fixed" }}
        {...select}
        data={data}
        value={isBetween ? BETWEEN : (period.since ?? ANY)}
        onChange={choose}
      />
      {isBetween && (
        <Between
          period={period}
          size={select.size}
          onChange={(from, to) => onChange({ since: undefined, from, to })}
        />
      )}
    </>
  );
});

type BetweenProps = {
  period: Period;
  size?: SelectProps["size"];
  onChange: (from: string | undefined, to: string | undefined) => void;
};

/** Two moments of the reader's zone, of which either may be open. What is half typed, or ends before it begins, changes nothing. */
function Between({ period, size, onChange }: BetweenProps) {
  const [typed, setTyped] = useState<{ from?: string; to?: string }>({});
  const [of, setOf] = useState(period);
  // What was chosen elsewhere meanwhile stands in place of what was typed.
  if (of.from !== period.from || of.to !== period.to) {
    setOf(period);
    setTyped({});
  }
  const from = momentOf(typed.from, period.from);
  const to = momentOf(typed.to, period.to);
  const isTurned = endsBeforeItBegins(from, to);

  function leave({ currentTarget: { validity } }: FocusEvent<HTMLInputElement>) {
    const isNew = from !== period.from || to !== period.to;
    if (isNew && !isTurned && !validity.badInput) onChange(from, to);
  }

  const common = { type: "datetime-local", size, onBlur: leave };
  return (
    <>
      <TextInput
        {...common}
        label="From"
        value={typed.from ?? localInput(period.from, "minute")}
        onChange={({ currentTarget: { value } }) => setTyped({ ...typed, from: value })}
        error={isTurned && "It must lie before To"}
      />
      <TextInput
        {...common}
        label="To"
        value={typed.to ?? localInput(period.to, "minute")}
        onChange={({ currentTarget: { value } }) => setTyped({ ...typed, to: value })}
      />
    </>
  );
}

/** The moment that is typed, or the one that is known, to its second, where that is what stands there. */
function momentOf(typed: string | undefined, known: string | undefined): string | undefined {
  if (typed === undefined || typed === localInput(known, "minute")) return known;
  return typed ? new Date(typed).toISOString() : undefined;
}
