import { Select, type SelectProps, TextInput } from "@mantine/core";
import { memo, useState } from "react";

import { type Period, type Since, SPANS } from "./period.ts";

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
        <>
          <Moment
            label="From"
            size={select.size}
            iso={period.from}
            onChange={(from) => onChange({ since: undefined, from, to: period.to })}
          />
          <Moment
            label="To"
            size={select.size}
            iso={period.to}
            onChange={(to) => onChange({ since: undefined, from: period.from, to })}
          />
        </>
      )}
    </>
  );
});

type MomentProps = {
  label: string;
  size?: SelectProps["size"];
  iso?: string;
  onChange: (iso: string | undefined) => void;
};

/** A moment of the reader's zone. What is half typed changes nothing. */
function Moment({ label, size, iso, onChange }: MomentProps) {
  return (
    <TextInput
      key={iso}
      type="datetime-local"
      label={label}
      size={size}
      defaultValue={localInput(iso)}
      onBlur={({ currentTarget: { value } }) => {
        if (value !== localInput(iso)) onChange(value ? new Date(value).toISOString() : undefined);
      }}
    />
  );
}

/** A moment as `datetime-local` has it. */
function localInput(iso: string | undefined): string {
  if (!iso) return "";
  const at = new Date(iso);
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}
