import { Group, Text } from "@mantine/core";
import type { ReactNode } from "react";

import { AccountTag, DeliveryTag, SenderTag } from "../parts/StatusTags.tsx";
import { When } from "../parts/When.tsx";
import type { Found } from "./found.ts";

/** One thing that was found, as it is told from others of its kind. */
export function FoundOption({ of: one }: { of: Found }) {
  switch (one.__typename) {
    case "Contact":
      return <Line main={one.phone ?? "No number"} beside={one.userIds.slice(0, 3).join(", ")} />;
    case "Delivery":
      return (
        <Line
          main={one.recipient || "Nobody found"}
          beside={
            <>
              <DeliveryTag status={one.status} messageStatus={one.messageStatus} /> {one.mapping?.name},{" "}
              <When at={one.createdAt} />
            </>
          }
        />
      );
    case "Event":
      return (
        <Line
          main={one.eventName ?? one.type}
          beside={
            <>
              {one.messageId}, <When at={one.receivedAt} />
            </>
          }
        />
      );
    case "Destination":
      return (
        <Line
          main={one.name}
          beside={<AccountTag status={one.accountStatus} paused={one.paused} enabled={one.enabled} />}
        />
      );
    case "Mapping":
      return <Line main={one.name} beside={one.enabled ? null : "disabled"} />;
    case "Sender":
      return (
        <Line
          main={one.address}
          beside={
            <>
              <SenderTag sender={one} /> {one.destination.name}
            </>
          }
        />
      );
    case "Source":
      return <Line main={one.name} />;
  }
}

function Line({ main, beside }: { main: string; beside?: ReactNode }) {
  return (
    <Group gap="xs" wrap="nowrap" justify="space-between">
      <Text size="sm" fw={500} truncate>
        {main}
      </Text>
      {beside && (
        <Text size="xs" c="dimmed" component="span" style={{ textAlign: "right" }}>
          {beside}
        </Text>
      )}
    </Group>
  );
}
