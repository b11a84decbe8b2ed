import { Textarea } from "@mantine/core";
import type { ReactNode } from "react";

import { useTyped } from "./useTyped.ts";

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
  const typed = useTyped<unknown, HTMLTextAreaElement>({ value, onChange, written, read, problem: NO_JSON });
  return (
    <Textarea
      {...others}
      {...typed.input}
      error={typed.error ?? error}
      autosize
      minRows={2}
      maxRows={14}
      spellCheck={false}
      styles={{ input: { fontFamily: "var(--mantine-font-family-monospace)", fontSize: 13 } }}
    />
  );
}

const written = (value: unknown) => (value == null ? "" : JSON.stringify(value, null, 2));

function read(text: string): unknown {
  if (text.trim() === "") return null;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
