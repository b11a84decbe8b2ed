import { Group, Text } from "@mantine/core";

import type { Channel, ConsentStatus } from "../../api/schema.ts";
import { ConsentTag } from "../../parts/StatusTags.tsx";
import { Tag } from "../../parts/Tag.tsx";

type Standing = { channel: Channel; sender?: string | null; status: ConsentStatus };

/** What stands on each channel, in few words; what holds for one sender alone is only counted. */
export function ConsentTags({ consents }: { consents: readonly Standing[] }) {
  const whole = consents.filter(({ sender }) => !sender);
  const apart = consents.length - whole.length;
  if (consents.length === 0)
    return (
      <Text size="sm" c="dimmed" component="span">
        nothing said
      </Text>
    );
  return (
    <Group gap={4}>
      {whole.map(({ channel, status }) => (
        <ConsentTag key={channel} channel={channel} status={status} />
      ))}
      {apart > 0 && <Tag tone="grey">{apart === 1 ? "1 sender apart" : `${apart} senders apart`}</Tag>}
    </Group>
  );
}
