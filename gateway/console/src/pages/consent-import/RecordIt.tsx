import { Text } from "@mantine/core";

import { ConfirmButton } from "../../parts/ConfirmButton.tsx";
import { several } from "../../parts/words.ts";
import type { Kept } from "./kept.ts";
import { type Outcome, recorded } from "./outcome.ts";
import { useImport } from "./useImport.ts";

/** Records what a dry run counted, once it is said how many. */
export function RecordIt({ outcome, kept }: { outcome: Outcome; kept: Kept | null }) {
  const { record } = useImport();
  const count = recorded(outcome);
  const others = outcome.rows - count - outcome.bad;
  if (count === 0) return <Text size="sm">There is nothing to record: no row says something new.</Text>;
  if (!kept) {
    return <Text size="sm">To record it, choose the file again: this tab does not know which it was.</Text>;
  }
  return (
    <ConfirmButton label={`Record ${several(count, "row")}`} variant="filled" onConfirm={() => record(kept)}>
      <Text size="sm">
        {several(outcome.subscribed, "yes", "yeses")} and {several(outcome.unsubscribed, "no", "noes")} of{" "}
        {kept.name} count from now on: whoever said yes may be texted, and whoever said no is not.
        {outcome.bad > 0 &&
          ` ${several(outcome.bad, "refused row")} ${outcome.bad === 1 ? "is" : "are"} left out.`}
        {others > 0 && ` Of the other ${several(others, "row")} nothing changes.`} To take it back, a later
        word is needed.
      </Text>
    </ConfirmButton>
  );
}
