import { TextInput, type TextInputProps } from "@mantine/core";

import { readNumber } from "./numbers.ts";
import { useTyped } from "./useTyped.ts";

const UNREADABLE = "Write it in digits, such as 1000, 1,000 or 0.5.";
const NOT_WHOLE = "Write a whole number, such as 1000 or 1,000.";

type Props = Omit<TextInputProps, "value" | "onChange"> & {
  value: number | null;
  /** Told of numbers alone, and null once it is emptied: while it can't be read, the form it stands in is not sent. */
  onChange: (value: number | null) => void;
  /** Whether it has no parts. */
  isWhole?: boolean;
};

/** A number as it is typed. */
export function NumberField({ value, onChange, isWhole = false, error, ...others }: Props) {
  const typed = useTyped<number | null, HTMLInputElement>({
    value,
    onChange,
    written: (number) => (number === null ? "" : String(number)),
    read: isWhole ? readWhole : readNumber,
    problem: isWhole ? NOT_WHOLE : UNREADABLE,
  });
  return (
    <TextInput
      autoComplete="off"
      {...others}
      {...typed.input}
      inputMode="decimal"
      error={typed.error ?? error}
    />
  );
}

function readWhole(typed: string): number | null | undefined {
  const number = readNumber(typed);
  return number && !Number.isInteger(number) ? undefined : number;
}
