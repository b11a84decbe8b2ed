import { useWhole } from "../../../../api/whole.ts";
import { TemplatesOfAccountDocument, type TemplatesOfAccountQuery } from "../editor.graphql.ts";
import { useEditor } from "../useEditor.ts";

export type Template = NonNullable<
  TemplatesOfAccountQuery["destination"]
>["templates"]["edges"][number]["node"];

/** The templates that the account has, by their SIDs. */
export function useTemplates(): ReadonlyMap<string, Template> {
  const { destinationId } = useEditor().state.draft;
  const answer = useWhole(
    TemplatesOfAccountDocument,
    { id: destinationId },
    (found) => found.destination?.templates,
    { enabled: destinationId !== "" },
  );
  const found = answer.data?.destination?.templates.edges ?? [];
  return new Map(found.map(({ node }) => [node.sid, node]));
}
