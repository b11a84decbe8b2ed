import { useAnswer } from "../../../api/queries.ts";
import { type Change, Changes } from "../../../parts/Changes.tsx";
import { FieldLabelsDocument } from "./audit.graphql.ts";
import { labelOf } from "./labels.ts";

/** What an entry of the audit log changed, each field as the forms call it. `action`: of the mapping that was changed. */
export function EntryChanges({ changes, action }: { changes: readonly Change[]; action?: string | null }) {
  const definitions = useAnswer(FieldLabelsDocument, {}).data?.definitions ?? [];
  return (
    <Changes changes={changes.map((one) => ({ ...one, label: labelOf(one.field, definitions, action) }))} />
  );
}
