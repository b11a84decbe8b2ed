import { Code } from "@mantine/core";

/** JSON as it is, to read and to copy. */
export function JsonView({ value, label }: { value: unknown; label: string }) {
  return (
    <Code
      block
      // A long text is scrolled by keyboard too.
      tabIndex={0}
      role="region"
      aria-label={label}
      mah={420}
      style={{ overflow: "auto", whiteSpace: "pre-wrap", overflowWrap: "anywhere" }}
    >
      {JSON.stringify(value, null, 2)}
    </Code>
  );
}
