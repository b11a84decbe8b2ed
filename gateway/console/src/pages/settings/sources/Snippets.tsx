import { Tabs, Text } from "@mantine/core";

import type { SourceTrust } from "../../../api/schema.ts";
import { CopyBlock } from "../../../parts/CopyBlock.tsx";
import { snippetsFor } from "./snippets.ts";

const NO_KEY = "WRITE_KEY";

type Props = {
  source: { id: string; trust: SourceTrust };
  /** Its write key, where it was made just now. */
  writeKey?: string | null;
};

/** How to send an event, in each language. */
export function Snippets({ source, writeKey }: Props) {
  const snippets = snippetsFor({
    origin: location.origin,
    key: writeKey ?? NO_KEY,
    sourceId: source.id,
    trust: source.trust,
  });
  return (
    <>
      {!writeKey && (
        <Text size="sm" c="dimmed" mb={6}>
          Put the write key in place of {NO_KEY}. It was shown once; rotate it where it is lost.
        </Text>
      )}
      <Tabs defaultValue={snippets[0]?.name} keepMounted={false} variant="outline">
        <Tabs.List aria-label="How to send events">
          {snippets.map(({ name }) => (
            <Tabs.Tab key={name} value={name}>
              {name}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        {snippets.map(({ name, note, code }) => (
          <Tabs.Panel key={name} value={name} pt="xs">
            {note && (
              <Text size="sm" c="dimmed" mb={6}>
                {note}
              </Text>
            )}
            <CopyBlock text={code} name={`snippet for ${name}`} />
          </Tabs.Panel>
        ))}
      </Tabs>
    </>
  );
}
