import { useMemo } from "react";

import { useAnswer } from "../../../../api/queries.ts";
import type { MappingPreviewInput } from "../../../../api/schema.ts";
import { useSettled } from "../debounced.ts";
import type { Draft } from "../draft.ts";
import { NamesSeenDocument } from "../editor.graphql.ts";
import { occasionOf, type Pick } from "./pick.ts";
import { PreviewMappingDocument, type PreviewMappingQuery } from "./preview.graphql.ts";

export type Previewed = PreviewMappingQuery["mappingPreview"];

/** The parts of a mapping that a dry run or a backtest takes of one that is not saved so. */
export const unsaved = ({ destinationId, action, trigger, fields, purpose }: Draft): MappingPreviewInput => ({
  destinationId,
  action,
  trigger,
  fields,
  purpose,
});

/** What the draft would make of the event that was picked, asked anew once nobody has typed for a moment. */
export function usePreview(draft: Draft, pick: Pick, mayPreview: boolean) {
  const seen = useAnswer(NamesSeenDocument, {}, { enabled: mayPreview });
  const names = useMemo(
    () => (seen.data ? new Set(seen.data.eventNames.edges.map(({ node }) => node.name)) : null),
    [seen.data],
  );
  const given = useSettled(useMemo(() => ({ draft, pick }), [draft, pick]));
  const { occasion, isSample } = useMemo(() => occasionOf(given.pick, given.draft, names), [given, names]);
  const isWhole = given.draft.destinationId !== "" && given.draft.action !== "";
  // What is wrong with the mapping is told beside any event, so without a good one it is asked with an empty one.
  const input = { ...unsaved(given.draft), ...(occasion ?? { event: {} }) };
  const answer = useAnswer(
    PreviewMappingDocument,
    { input },
    { enabled: mayPreview && isWhole && names !== null },
  );
  return {
    preview: answer.data?.mappingPreview ?? null,
    error: answer.error,
    isBehind: answer.isPlaceholderData || answer.isFetching || given.draft !== draft || given.pick !== pick,
    isWhole,
    isSample,
    hasEvent: occasion !== null,
    /** The event itself, where it did not come but would. */
    event: occasion?.event ?? answer.data?.mappingPreview.event?.payload ?? null,
    names: seen.data?.eventNames.edges.map(({ node }) => node.name) ?? [],
  };
}
