import { useMemo } from "react";

import { useAnswer } from "../../../../api/queries.ts";
import type { MappingPreviewInput, TimeRangeInput } from "../../../../api/schema.ts";
import { useRange } from "../../../../parts/period.ts";
import { useSettled } from "../debounced.ts";
import type { Draft, Saved } from "../draft.ts";
import { eventWritten, filterOf, type Pick, type Sought, sought } from "./pick.ts";
import {
  EventByIdDocument,
  LastEventNamedDocument,
  PreviewMappingDocument,
  type PreviewMappingQuery,
} from "./preview.graphql.ts";

export type Previewed = PreviewMappingQuery["mappingPreview"];

/** A mapping as a dry run or a backtest takes it: one that is made with what is changed, or one that is not made yet. */
export function tried(draft: Draft, saved: { id: string } | null): MappingPreviewInput {
  const {
    destinationId,
    action,
    trigger,
    fields,
    purpose,
    maxAgeSeconds,
    allowBrowserEvents,
    mode,
    enabled,
  } = draft;
  const which = saved === null ? { destinationId, action } : { mappingId: saved.id };
  return { ...which, trigger, fields, purpose, maxAgeSeconds, allowBrowserEvents, mode, enabled };
}

/** Whether an event that came is tried as it was when it came, or as if it came now. */
export type Moment = "then" | "now";

type Asked = { draft: Draft; saved: Saved | null; pick: Pick; moment: Moment };

/** What the draft would make of the event that was picked, asked anew once nobody has typed for a moment. */
export function usePreview({ draft, saved, pick, moment }: Asked, mayPreview: boolean) {
  const now = useMemo(() => ({ draft, saved, pick, moment }), [draft, saved, pick, moment]);
  const given = useSettled(now);
  const looked = sought(given.pick, given.draft.trigger);
  const came = useCame(looked, mayPreview);
  const event = useMemo(() => eventWritten(given.pick, given.draft), [given]);
  const occasion = came.event
    ? { eventId: came.event.id, at: given.moment === "then" ? came.event.receivedAt : null }
    : event !== null && came.error === null
      ? { event }
      : null;
  const isWhole = given.draft.destinationId !== "" && given.draft.action !== "";
  // What is wrong with the mapping is told beside any event, so without a good one it is asked with an empty one.
  const input = { ...tried(given.draft, given.saved), ...(occasion ?? { event: {} }) };
  const answer = useAnswer(
    PreviewMappingDocument,
    { input },
    { enabled: mayPreview && isWhole && !came.isLooking },
  );
  const preview = answer.data?.mappingPreview ?? null;
  const isOlder = came.isLooking || answer.isPlaceholderData || given !== now;
  return {
    preview,
    error: answer.error ?? came.error,
    isBehind: isOlder || answer.isFetching,
    /** What is shown is of another event, or of the mapping before its last change. */
    isOlder,
    isWhole,
    /** Of which the trigger's own events are; none of them came. */
    isSample: given.pick.kind === "usual" && !came.event && came.error === null,
    /** What was asked for and is not there. */
    missing:
      looked !== null && !came.isLooking && !came.event && came.error === null && given.pick.kind !== "usual",
    hasEvent: occasion !== null,
    /** The event whole, whether it came or would. */
    event: came.event ? (preview?.event?.payload ?? null) : event,
  };
}

const LATELY = { since: "30d" } as const;
// An editor may be open for long, and what comes meanwhile is found, too.
const AHEAD_MS = 30 * 24 * 3_600_000;

/** The event that is looked for, as far as it came. */
function useCame(looked: Sought | null, mayPreview: boolean) {
  const isById = looked !== null && "id" in looked;
  const span = useRange(LATELY, false, AHEAD_MS) as TimeRangeInput;
  const byId = useAnswer(
    EventByIdDocument,
    { id: isById ? looked.id : "" },
    { enabled: mayPreview && isById },
  );
  const byName = useAnswer(
    LastEventNamedDocument,
    { filter: looked === null || "id" in looked ? {} : filterOf(looked, span) },
    { enabled: mayPreview && looked !== null && !isById },
  );
  const asked = isById ? byId : byName;
  const isKnown = looked === null || (!asked.isPlaceholderData && !asked.isPending) || asked.isError;
  const found = isById ? byId.data?.event : byName.data?.events.edges[0]?.node;
  return {
    event: looked !== null && isKnown ? (found ?? null) : null,
    isLooking: !isKnown,
    error: looked === null ? null : asked.error,
  };
}
