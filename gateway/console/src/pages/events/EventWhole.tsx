import { Alert, Group, Skeleton, Stack, Text } from "@mantine/core";

import { useAnswer } from "../../api/queries.ts";
import { Failure } from "../../parts/Failure.tsx";
import { titleOf } from "./EventColumns.tsx";
import { EventDetails } from "./EventDetails.tsx";
import { EventWholeDocument } from "./event.graphql.ts";
import { MakeMapping } from "./MakeMapping.tsx";

const EVERY_MS = 5_000;

/** An event by its id, as its page asks for it. What comes of it is followed. */
export const useEvent = (id: string) => useAnswer(EventWholeDocument, { id }, { refetchInterval: EVERY_MS });

/** An event beside the list. */
export function EventWhole({ id }: { id: string }) {
  const { data, error, isPending, isPlaceholderData } = useEvent(id);
  if (isPending || isPlaceholderData) return <Waiting />;
  const event = data?.event;
  return (
    <>
      <Failure of={error} title="The event could not be read" />
      {data && !event && <Gone />}
      {event && (
        <>
          <Group justify="space-between" mb="md" gap="xs">
            <Text fw={600} size="lg" style={{ overflowWrap: "anywhere" }}>
              {titleOf(event)}
            </Text>
            <MakeMapping event={event} />
          </Group>
          <EventDetails event={event} under={2} />
        </>
      )}
    </>
  );
}

export function Gone() {
  return (
    <Alert color="gray" title="There is no such event">
      It was removed for its age, or it belongs to another space.
    </Alert>
  );
}

export function Waiting() {
  return (
    <Stack aria-busy="true">
      <Skeleton height={28} width="60%" />
      <Skeleton height={130} />
      <Skeleton height={220} />
    </Stack>
  );
}
