import { useAnswer } from "../../../api/queries.ts";
import { type Change, Changes } from "../../../parts/Changes.tsx";
import { FieldLabelsDocument } from "./audit.graphql.ts";
import { labelOf } from "./labels.ts";

type Props = {
  changes: readonly Change[];
  /** Of the mapping that was changed. */
  action?: string | null;
  /** Whether a source was changed. */
  isSource?: boolean;
};

/** What an entry of the audit log changed, each field as the forms call it. */
export function EntryChanges({ changes, action, isSource }: Props) {
  const definitions = useAnswer(FieldLabelsDocument, {}).data?.definitions ?? [];
  const labelled = changes.map((one) => ({
    ...one,
    label: labelOf(one.field, definitions, action, isSource),
  }));
  return <Changes changes={labelled} />;
}
