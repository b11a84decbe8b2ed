import { ActionIcon, Code, CopyButton, Group, Text } from "@mantine/core";
import { Check, Copy } from "lucide-react";

type Props = {
  text: string;
  /** What stands above it. */
  label?: string;
  /** What is copied, for who does not see it; `label` if left out. */
  name?: string;
};

/** A text to be taken along as it stands: a remedy, a key, an id. */
export function CopyText({ text, label, name = label }: Props) {
  return (
    <Group gap={6} align="flex-start" wrap="nowrap">
      <div style={{ minWidth: 0 }}>
        {label && (
          <Text size="xs" fw={600} c="inherit">
            {label}
          </Text>
        )}
        <Code style={{ whiteSpace: "pre-wrap", overflowWrap: "anywhere" }}>{text}</Code>
      </div>
      <CopyButton value={text}>
        {({ copied, copy }) => (
          <ActionIcon
            variant="subtle"
            color="gray"
            onClick={copy}
            aria-label={copied ? "Copied" : `Copy ${name ?? "it"}`}
          >
            {copied ? <Check size={16} /> : <Copy size={16} />}
          </ActionIcon>
        )}
      </CopyButton>
    </Group>
  );
}
