import { Anchor, Skeleton } from "@mantine/core";
import { getRouteApi, Link } from "@tanstack/react-router";
import { useRef } from "react";

import { useAnswer } from "../../api/queries.ts";
import { Empty } from "../../parts/Empty.tsx";
import { Failure } from "../../parts/Failure.tsx";
import { Page } from "../../parts/Page.tsx";
import { savedOf } from "./editor/draft.ts";
import { Editor } from "./editor/Editor.tsx";
import { AccountsToMapToDocument, EditedMappingDocument } from "./editor/editor.graphql.ts";

const route = getRouteApi("/mappings/$id");

/** The editor of a mapping that is there. */
export function EditMapping() {
  const { id } = route.useParams();
  const { eventId } = route.useSearch();
  const known = useAnswer(AccountsToMapToDocument, {});
  const answer = useAnswer(EditedMappingDocument, { id });
  const mapping = answer.isPlaceholderData ? undefined : answer.data?.mapping;

  // Whoever writes in it when somebody else deletes it loses nothing of it.
  const open = useRef<string | null>(null);

  if (mapping && (!mapping.deletedAt || open.current === id) && known.data) {
    open.current = id;
    const begin = savedOf(mapping).draft;
    return <Editor key={id} mapping={mapping} begin={begin} known={known.data} eventId={eventId} />;
  }
  const isGone = mapping === null || Boolean(mapping?.deletedAt);
  return (
    <Page isRead title={mapping?.name ?? "Mapping"}>
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
