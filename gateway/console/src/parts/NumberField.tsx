import { TextInput, type TextInputProps } from "@mantine/core";
import { useEffect, useRef, useState } from "react";

import { readNumber } from "./numbers.ts";

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
  const [text, setText] = useState(() => written(value));
  const box = useRef<HTMLInputElement>(null);
  const told = useRef(value);
  const problem = read(text) !== undefined ? null : isWhole ? NOT_WHOLE : UNREADABLE;

  function read(typed: string): number | null | undefined {
    const number = readNumber(typed);
    return isWhole && number && !Number.isInteger(number) ? undefined : number;
  }

  useEffect(() => {
    // What was set from outside, and not by what is typed here, is shown.
    if (value === told.current) return;
    told.current = value;
    setText(written(value));
  }, [value]);

  useEffect(() => box.current?.setCustomValidity(problem ?? ""), [problem]);

  function type(typed: string) {
    setText(typed);
    const number = read(typed);
    if (number === undefined) return;
    told.current = number;
    onChange(number);
  }

  return (
    <TextInput
      autoComplete="off"
      {...others}
      ref={box}
      inputMode="decimal"
      value={text}
      onChange={(event) => type(event.currentTarget.value)}
      error={problem ?? error}
    />
  );
}

const written = (value: number | null) => (value === null ? "" : String(value));
