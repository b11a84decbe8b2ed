import { ButtonLink } from "../../parts/links.tsx";
import { useMay } from "../../shell/viewer.ts";
import type { WholeEvent } from "./EventDetails.tsx";

/** Leads to a new mapping that this event fills in; not of what no mapping could be for. */
export function MakeMapping({ event: { id, outcome, payloadRemovedAt } }: { event: WholeEvent }) {
  const mayMap = useMay("OPERATOR");
  if (!mayMap || outcome === "INVALID" || payloadRemovedAt) return null;
  return (
    <ButtonLink to="/mappings/new" search={{ eventId: id }} variant="default">
      Make a mapping from this
    </ButtonLink>
  );
}
