import { Textarea } from "@mantine/core";
import { type ReactNode, useEffect, useRef, useState } from "react";

type Props = {
  label: string;
  description?: ReactNode;
  required?: boolean;
  disabled?: boolean;
  error?: string;
  placeholder?: string;
  name?: string;
  /** JSON; null where there is none. */
  value: unknown;
  /** Told of what is JSON alone: while it is none, the form it stands in is not sent. */
  onChange: (value: unknown) => void;
};

const NO_JSON = "This is no JSON yet: it begins with {, [, a quote or a digit.";

/** A text that is JSON, such as an object or a list of numbers. */
export function JsonInput({ value, onChange, error, ...others }: Props) {
  const [text, setText] = useState(() => written(value));
  const box = useRef<HTMLTextAreaElement>(null);
  const told = useRef(value);
  const problem = isJson(text) ? null : NO_JSON;

  useEffect(() => {
    // What was set from outside, and not by what is typed here, is shown.
    if (JSON.stringify(value) === JSON.stringify(told.current)) return;
    told.current = value;
    setText(written(value));
  }, [value]);

  useEffect(() => box.current?.setCustomValidity(problem ?? ""), [problem]);

  function type(typed: string) {
    setText(typed);
    if (!isJson(typed)) return;
    told.current = typed.trim() === "" ? null : JSON.parse(typed);
    onChange(told.current);
  }

  return (
    <Textarea
      {...others}
      ref={box}
      value={text}
      onChange={(event) => type(event.currentTarget.value)}
      error={problem ?? error}
      autosize
      minRows={2}
      maxRows={14}
      spellCheck={false}
      styles={{ input: { fontFamily: "var(--mantine-font-family-monospace)", fontSize: 13 } }}
    />
  );
}

const written = (value: unknown) => (value == null ? "" : JSON.stringify(value, null, 2));

function isJson(text: string): boolean {
  if (text.trim() === "") return true;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
