import { useParams } from "@tanstack/react-router";

import { Failure } from "../../parts/Failure.tsx";
import { Page } from "../../parts/Page.tsx";
import { titleOf } from "./EventColumns.tsx";
import { EventDetails } from "./EventDetails.tsx";
import { Gone, useEvent, Waiting } from "./EventWhole.tsx";
import { MakeMapping } from "./MakeMapping.tsx";

/** One event, on a page of its own: to be sent to somebody. */
export function EventPage() {
  const { id } = useParams({ from: "/events/$id" });
  const { data, error, isPending, isPlaceholderData } = useEvent(id);
  const event = isPlaceholderData ? null : data?.event;
  return (
    <Page
      isRead
      oneOf="events"
      title={event ? titleOf(event) : "Event"}
      actions={event && <MakeMapping event={event} />}
    >
      <div style={{ maxWidth: 860 }}>
        <Failure of={error} title="The event could not be read" />
        {(isPending || isPlaceholderData) && <Waiting />}
        {data && !isPlaceholderData && !event && <Gone />}
        {event && <EventDetails event={event} under={1} />}
      </div>
    </Page>
  );
}
