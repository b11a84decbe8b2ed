import { Progress, Text } from "@mantine/core";

import type { MessagesToday } from "../../api/schema.ts";
import { When } from "../../parts/When.tsx";
import { COUNTED_OF_LIMIT, counted } from "../../parts/words.ts";

type Props = { today: Pick<MessagesToday, "claimed" | "limit" | "warnedAt" | "endsAt"> | null | undefined };

/** How many texts left today, of how many that may. */
export function TextsToday({ today }: Props) {
  if (!today)
    return (
      <Text size="sm" c="dimmed">
        No daily limit
      </Text>
    );
  const { claimed, limit, warnedAt, endsAt } = today;
  const isFull = claimed >= limit;
  return (
    <div>
      <Text size="sm" title={COUNTED_OF_LIMIT}>
        Daily limit: <b>{counted(claimed)}</b> of {counted(limit)} used
        {isFull && (
          <>
            : no more go out until <When at={endsAt} />
          </>
        )}
        {!isFull && warnedAt && ": more than 80 % are used"}
      </Text>
      <Progress
        value={Math.min(100, (claimed / limit) * 100)}
        color={isFull ? "red.8" : warnedAt ? "amber" : "teal.8"}
        size={5}
        mt={4}
        aria-label={`${counted(claimed)} of ${counted(limit)} texts of the daily limit`}
      />
    </div>
  );
}
