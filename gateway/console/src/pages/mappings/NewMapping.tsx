import { Button, Skeleton } from "@mantine/core";
import { getRouteApi, Link } from "@tanstack/react-router";

import { useAnswer } from "../../api/queries.ts";
import { useWhole } from "../../api/whole.ts";
import { Empty } from "../../parts/Empty.tsx";
import { Failure } from "../../parts/Failure.tsx";
import { Page } from "../../parts/Page.tsx";
import { useMay } from "../../shell/viewer.ts";
import { blank, sending } from "./editor/draft.ts";
import { Editor } from "./editor/Editor.tsx";
import { AccountsToMapToDocument, EventToBeginWithDocument } from "./editor/editor.graphql.ts";
import { triggerFor } from "./editor/fql.ts";

const route = getRouteApi("/mappings/new");

/** The editor of a mapping that is to be made, from an event where the address names one. */
export function NewMapping() {
  const { eventId, destinationId } = route.useSearch();
  const mayCreate = useMay("OPERATOR");
  const known = useWhole(AccountsToMapToDocument, {}, (answer) => answer.destinations);
  const event = useAnswer(
    EventToBeginWithDocument,
    { id: eventId ?? "" },
    { enabled: eventId !== undefined },
  );
  const isReady = known.data && (eventId === undefined || event.data || event.error);

  if (!mayCreate) {
    return (
      <Page oneOf="mappings" title="New mapping">
        <Empty title="A mapping is made by an OPERATOR">
          Ask somebody with that role, or for a token of it.
        </Empty>
      </Page>
    );
  }
  if (!isReady || !known.data) {
    return (
      <Page oneOf="mappings" title="New mapping">
        <Failure of={known.error} title="The accounts could not be read" />
        {!known.error && <Skeleton height={320} aria-busy="true" />}
      </Page>
    );
  }
  const accounts = known.data.destinations.edges.map(({ node }) => node);
  const reached = event.data?.event?.source.destinations.edges.map(({ node }) => node.id) ?? [];
  const account =
    accounts.find(({ id }) => id === destinationId) ??
    accounts.findLast(({ id, status }) => status === "VERIFIED" && reached.includes(id)) ??
    accounts.findLast(({ status }) => status === "VERIFIED") ??
    accounts[0];
  if (!account) {
    return (
      <Page oneOf="mappings" title="New mapping">
        <Empty
          title="Add an account first"
          action={
            <Button renderRoot={(props) => <Link to="/accounts/new" {...props} />}>Add an account</Button>
          }
        >
          A mapping sends through an account, and there is none yet.
        </Empty>
      </Page>
    );
  }
  const from = event.data?.event;
  const definition = known.data.definitions.find(({ slug }) => slug === account.definition.slug);
  const action = definition?.actions[0];
  const begin = blank({
    destinationId: account.id,
    action: action?.slug ?? "",
    fields: sending(action?.fields ?? []),
    name: from ? (from.name ?? from.type) : "",
    trigger: from ? triggerFor(from) : (action?.defaultTrigger ?? ""),
  });
  return <Editor mapping={null} begin={begin} known={known.data} eventId={eventId} />;
}
