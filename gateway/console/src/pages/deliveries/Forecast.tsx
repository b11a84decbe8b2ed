import { Loader, Text } from "@mantine/core";

import { useAnswer } from "../../api/queries.ts";
import { Failure } from "../../parts/Failure.tsx";
import { PhoneText } from "../../parts/PhoneText.tsx";
import { When } from "../../parts/When.tsx";
import { reasonInWords, spelled } from "../../parts/words.ts";
import { ReplayForecastDocument, type ReplayForecastQuery } from "./delivery.graphql.ts";

type Preview = ReplayForecastQuery["mappingPreview"];

/** What a replay would come to now: the mapping tried with the event, but for its age, which no replay is asked for. */
export function Forecast({ mappingId, eventId }: { mappingId: string; eventId: string }) {
  const { data, error, isPending } = useAnswer(ReplayForecastDocument, { input: { mappingId, eventId } });
  if (error && !data) return <Failure of={error} title="What would happen could not be told" />;
  if (isPending || !data) return <Loader size="sm" aria-label="Trying the mapping" />;
  const preview = data.mappingPreview;
  return (
    <section aria-label="What would happen now">
      <Text fw={600}>{outcomeOf(preview)}</Text>
      {preview.releaseAt && (
        <Text size="sm">
          It would go out on <When at={preview.releaseAt} />.
        </Text>
      )}
      {(preview.text != null || preview.media.length > 0) && (
        <PhoneText text={preview.text ?? null} media={preview.media} />
      )}
    </section>
  );
}

function outcomeOf({ matched, decision, reason, explanation, errors }: Preview): string {
  const [refused] = errors;
  if (refused) return refused.message;
  const stopped = explanation.filter((gate) => !gate.passed);
  const others = stopped.filter((gate) => gate.reason !== "STALE_EVENT");
  if (!matched) return `The event is not for the mapping any more. ${stopped[0]?.detail ?? ""}`.trim();
  if (others.length === 0 && (decision === "SEND" || reason === "STALE_EVENT")) return "It would be sent.";
  const why = reason === "STALE_EVENT" ? others[0]?.reason : reason;
  const because = why ? ` for “${spelled(why)}”: ${reasonInWords(why)}` : ".";
  if (decision === "HOLD") return `It would be held${because}`;
  if (decision === "REJECT") return `It could not become a message. ${others[0]?.detail ?? ""}`.trim();
  return `It would not be sent${because}`;
}
