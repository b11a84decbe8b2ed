import { json } from "@codemirror/lang-json";
import { useMemo } from "react";

import { CodeBox } from "./CodeBox.tsx";

type Props = {
  label: string;
  value: string;
  onChange?: (value: string) => void;
  readOnly?: boolean;
  invalid?: boolean;
  describedBy?: string;
};

/** JSON, coloured, with the place of what cannot be read. */
export default function JsonCode({ value, ...box }: Props) {
  const language = useMemo(() => json(), []);
  const marks = useMemo(() => marksOf(value), [value]);
  return <CodeBox {...box} value={value} language={language} marks={marks} />;
}

function marksOf(text: string) {
  try {
    JSON.parse(text);
    return [];
  } catch (error) {
    const message = error instanceof Error ? error.message : "This is no JSON.";
    const place = /position (\d+)/.exec(message)?.[1];
    const from = place === undefined ? text.length : Math.min(Number(place), text.length);
    return [
      {
        from: Math.max(0, Math.min(from, text.length - 1)),
        to: from + 1,
        severity: "error" as const,
        message,
      },
    ];
  }
}
