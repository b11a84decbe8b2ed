import { Text } from "@mantine/core";
import { FileUp } from "lucide-react";
import { type DragEvent, useState } from "react";

import classes from "./ConsentImport.module.css";

/** Takes one file: dropped here, or picked. */
export function DropBox({ file, onFile }: { file: File | null; onFile: (file: File | null) => void }) {
  const [isOver, setOver] = useState(false);

  function drop(event: DragEvent) {
    event.preventDefault();
    setOver(false);
    const dropped = event.dataTransfer.files[0];
    if (dropped) onFile(dropped);
  }

  return (
    <label
      className={classes.drop}
      data-over={isOver}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={drop}
    >
      <FileUp size={22} aria-hidden="true" />
      <Text span size="sm" fw={600} c="var(--mantine-color-text)">
        {file ? file.name : "Drop a file here, or choose one"}
      </Text>
      <Text span size="sm">
        {file ? `${sizeInWords(file.size)}. Choose another` : "CSV or JSON, up to 100 MB"}
      </Text>
      <input
        type="file"
        className="visually-hidden"
        aria-label="File"
        accept=".csv,.tsv,.txt,.json,.jsonl,.ndjson,text/csv,application/json"
        onChange={(event) => onFile(event.currentTarget.files?.[0] ?? null)}
      />
    </label>
  );
}

function sizeInWords(bytes: number): string {
  if (bytes < 1_000) return `${bytes} bytes`;
  return bytes < 1_000_000 ? `${Math.round(bytes / 1_000)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}
