import { type ChangeEvent, useEffect, useRef, useState } from "react";

type Field = HTMLInputElement | HTMLTextAreaElement;

type Typed<Value> = {
  value: Value;
  /** Told of what can be read alone. */
  onChange: (value: Value) => void;
  /** A value as somebody would type it. */
  written: (value: Value) => string;
  /** What was typed; undefined where that can't be told. */
  read: (text: string) => Value | undefined;
  /** What to say then. */
  problem: string;
};

/** A field in which a value is typed. What can't be read stays as it was typed, and the form that it stands in is not sent. */
export function useTyped<Value, Box extends Field>({
  value,
  onChange,
  written,
  read,
  problem,
}: Typed<Value>) {
  const [text, setText] = useState(() => written(value));
  const box = useRef<Box>(null);
  const told = useRef(value);
  // A number that is stored, such as 1.125, is no doubt of what somebody typed.
  const error = text !== written(value) && read(text) === undefined ? problem : null;

  // biome-ignore lint/correctness/useExhaustiveDependencies: how it is written is one for each field
  useEffect(() => {
    // What was set from outside, and not by what is typed here, is shown.
    if (JSON.stringify(value) === JSON.stringify(told.current)) return;
    told.current = value;
    setText(written(value));
  }, [value]);

  useEffect(() => box.current?.setCustomValidity(error ?? ""), [error]);

  function type({ currentTarget }: ChangeEvent<Box>) {
    setText(currentTarget.value);
    const found = read(currentTarget.value);
    if (found === undefined) return;
    told.current = found;
    onChange(found);
  }

  return { error, input: { ref: box, value: text, onChange: type } };
}
