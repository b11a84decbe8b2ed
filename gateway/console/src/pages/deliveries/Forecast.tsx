import { Loader, Text } from "@mantine/core";

import { useAnswer } from "../../api/queries.ts";
import type { MappingMode } from "../../api/schema.ts";
import { Failure } from "../../parts/Failure.tsx";
import { PhoneText } from "../../parts/PhoneText.tsx";
import { saidInWords } from "../../parts/remedies.ts";
import { Said } from "../../parts/Said.tsx";
import { When } from "../../parts/When.tsx";
import { reasonInWords, spelled } from "../../parts/words.ts";
import { ReplayForecastDocument, type ReplayForecastQuery } from "./delivery.graphql.ts";

type Preview = ReplayForecastQuery["mappingPreview"];

type Props = { mapping: { id: string; mode: MappingMode; enabled: boolean }; eventId: string };

/** What a replay would come to now: the mapping tried with the event, but for its age, which no replay is asked for. */
export function Forecast({ mapping, eventId }: Props) {
  const input = { mappingId: mapping.id, eventId };
  const { data, error, isPending } = useAnswer(ReplayForecastDocument, { input });
  if (error && !data) return <Failure of={error} title="What would happen could not be told" />;
  if (isPending || !data) return <Loader size="sm" aria-label="Trying the mapping" />;
  const preview = data.mappingPreview;
  return (
    <section aria-label="What would happen now">
      <Text fw={600}>
        <Said of={mapping.enabled ? outcomeOf(preview, mapping.mode) : "Nothing: the mapping is disabled."} />
      </Text>
      {mapping.enabled && preview.releaseAt && (
        <Text size="sm">
          {mapping.mode === "SHADOW" ? "It would be decided again" : "It would go out"} on{" "}
          <When at={preview.releaseAt} />.
        </Text>
      )}
      {(preview.text != null || preview.media.length > 0) && (
        <PhoneText text={preview.text ?? null} media={preview.media} />
      )}
    </section>
  );
}

function outcomeOf({ matched, decision, reason, explanation, errors }: Preview, mode: MappingMode): string {
  const [refused] = errors;
  if (refused) return saidInWords(refused.message);
  const stopped = explanation.filter((gate) => !gate.passed);
  const others = stopped.filter((gate) => gate.reason !== "STALE_EVENT");
  const seen = saidInWords((matched ? others : stopped)[0]?.detail ?? "");
  if (!matched) return `The event is not for the mapping any more. ${seen}`.trim();
  if (decision === "NO_MATCH") return `It would not reach the mapping. ${seen}`.trim();
  if (others.length === 0 && (decision === "SEND" || reason === "STALE_EVENT"))
    return mode === "SHADOW" ? "It would only be recorded: the mapping is in SHADOW." : "It would be sent.";
  const why = reason === "STALE_EVENT" ? others[0]?.reason : reason;
  const because = why ? ` for “${spelled(why)}”: ${reasonInWords(why)}` : ".";
  if (decision === "HOLD")
    return mode === "SHADOW"
      ? `It would only be recorded (SHADOW), as held${because}`
      : `It would be held${because}`;
  if (decision === "REJECT") return `It could not become a message. ${seen}`.trim();
  return `It would not be sent${because}`;
}
