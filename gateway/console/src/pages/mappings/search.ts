/** What the list of mappings shows, and what an editor begins with, as their addresses say. */
export type MappingsSearch = { destinationId?: string };
export type EditorSearch = { eventId?: string; destinationId?: string };

export function mappingsSearch(search: Record<string, unknown>): MappingsSearch {
  return { destinationId: textOf(search.destinationId) };
}

export function editorSearch(search: Record<string, unknown>): EditorSearch {
  return { eventId: textOf(search.eventId), destinationId: textOf(search.destinationId) };
}

const textOf = (value: unknown) => (typeof value === "string" && value !== "" ? value : undefined);
