import { ActionIcon, Code, CopyButton } from "@mantine/core";
import { Check, Copy } from "lucide-react";

/** Lines of code to be taken along as they stand. `name` says what they are. */
export function CopyBlock({ text, name }: { text: string; name: string }) {
  return (
    <div style={{ position: "relative" }}>
      <Code
        block
        // Long lines are scrolled by keyboard too.
        tabIndex={0}
        role="region"
        aria-label={name}
        style={{ overflowX: "auto", paddingRight: 44 }}
      >
        {text}
      </Code>
      <CopyButton value={text}>
        {({ copied, copy }) => (
          <ActionIcon
            variant="default"
            onClick={copy}
            aria-label={copied ? "Copied" : `Copy ${name}`}
            style={{ position: "absolute", top: 6, right: 6 }}
          >
            {copied ? <Check size={16} /> : <Copy size={16} />}
          </ActionIcon>
        )}
      </CopyButton>
    </div>
  );
}
