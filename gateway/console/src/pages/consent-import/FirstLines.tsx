import { Code, Text } from "@mantine/core";
import { useEffect, useState } from "react";

const LOOKED_AT_BYTES = 4_096;
const LINES = 5;
const LONGEST = 160;

/** How a chosen file begins, read in this browser: so that one sees whether it is the right one. */
export function FirstLines({ file }: { file: File }) {
  const [lines, setLines] = useState<string[]>([]);

  useEffect(() => {
    let isCurrent = true;
    const read = async () => {
      const text = await file.slice(0, LOOKED_AT_BYTES).text();
      if (isCurrent) setLines(text.split(/\r?\n/).slice(0, LINES).map(cut));
    };
    read().catch(() => setLines([]));
    return () => {
      isCurrent = false;
    };
  }, [file]);

  if (lines.length === 0) return null;
  return (
    <div>
      <Text size="sm" fw={600} mb={4}>
        How it begins
      </Text>
      <Code block tabIndex={0} role="region" aria-label="How it begins">
        {lines.join("\n")}
      </Code>
    </div>
  );
}

const cut = (line: string): string => (line.length > LONGEST ? `${line.slice(0, LONGEST)} …` : line);
