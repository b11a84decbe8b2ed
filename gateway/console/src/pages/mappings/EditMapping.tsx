import { Anchor, Skeleton } from "@mantine/core";
import { getRouteApi, Link } from "@tanstack/react-router";
import { useRef } from "react";

import { useAnswer } from "../../api/queries.ts";
import { useWhole } from "../../api/whole.ts";
import { Empty } from "../../parts/Empty.tsx";
import { Failure } from "../../parts/Failure.tsx";
import { Page } from "../../parts/Page.tsx";
import { savedOf } from "./editor/draft.ts";
import { Editor } from "./editor/Editor.tsx";
import {
  AccountsToMapToDocument,
  EditedMappingDocument,
  type EditedMappingFragment,
} from "./editor/editor.graphql.ts";

const route = getRouteApi("/mappings/$id");

/** The editor of a mapping that is there. */
export function EditMapping() {
  const { id } = route.useParams();
  const { eventId } = route.useSearch();
  const known = useWhole(AccountsToMapToDocument, {}, (answer) => answer.destinations);
  const answer = useAnswer(EditedMappingDocument, { id });
  const found = answer.isPlaceholderData ? undefined : answer.data?.mapping;
  const isGone = found === null;

  // Whoever writes in it when somebody else deletes it loses nothing of it.
  const open = useRef<EditedMappingFragment | null>(null);
  const mapping = isGone && open.current?.id === id ? open.current : found;

  if (mapping && known.data) {
    open.current = mapping;
    const begin = savedOf(mapping).draft;
    return (
      <Editor key={id} mapping={mapping} isGone={isGone} begin={begin} known={known.data} eventId={eventId} />
    );
  }
  return (
    <Page isRead oneOf="mappings" title="Mapping">
      <Failure of={answer.error ?? known.error} title="The mapping could not be read" />
      {isGone ? (
        <Empty title="There is no such mapping">
          It was deleted, or the address is mistyped.{" "}
          <Anchor component={Link} to="/mappings">
            See all mappings
          </Anchor>
        </Empty>
      ) : (
        !answer.error && !known.error && <Skeleton height={320} aria-busy="true" />
      )}
    </Page>
  );
}
