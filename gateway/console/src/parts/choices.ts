import { useWhole } from "../api/whole.ts";
import {
  AccountNamesDocument,
  EventNamesSeenDocument,
  MappingNamesDocument,
  SourceNamesDocument,
} from "./choices.graphql.ts";

/** The accounts there are, to choose from. */
export function useAccountNames() {
  const { data, error } = useWhole(AccountNamesDocument, {}, (answer) => answer.destinations);
  return { accounts: data?.destinations.edges.map(({ node }) => node) ?? [], error };
}

/** The mappings there are, or those of one account. */
export function useMappingNames(destinationId?: string) {
  const { data, error } = useWhole(MappingNamesDocument, { destinationId }, (answer) => answer.mappings);
  return { mappings: data?.mappings.edges.map(({ node }) => node) ?? [], error };
}

/** The sources there are. */
export function useSourceNames({ enabled = true }: { enabled?: boolean } = {}) {
  const { data, error } = useWhole(SourceNamesDocument, {}, (answer) => answer.sources, { enabled });
  return { sources: data?.sources.edges.map(({ node }) => node) ?? [], error };
}

/** The names of events that came of late. */
export function useEventNames() {
  const { data } = useWhole(EventNamesSeenDocument, {}, (answer) => answer.eventNames);
  return data?.eventNames.edges.map(({ node }) => node) ?? [];
}

/** What has an id and a name, as a picker takes it. */
export const choiceOf = ({ id, name }: { id: string; name: string }) => ({ value: id, label: name });
