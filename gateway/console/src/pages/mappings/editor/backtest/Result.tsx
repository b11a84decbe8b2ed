import { Text, Title } from "@mantine/core";

import { counted, several, spelled } from "../../../../parts/words.ts";
import type { Draft } from "../draft.ts";
import { Bars } from "./Bars.tsx";
import type { BacktestResult } from "./result.ts";
import { Samples } from "./Samples.tsx";

type Props = { result: BacktestResult; isWhole: boolean; period: string; draft: Draft };

/** What would have been sent, what not and why, on which days, and some of the texts. */
export function Result({ result, isWhole, period, draft }: Props) {
  const { sent, people, matched, events, segments, price, waited, withoutPayload, notRead, days, samples } =
    result;
  const reasons = [
    ...barsOf(result.suppressed, "suppressed"),
    ...barsOf(result.held, "held"),
    ...barsOf(result.rejected, "rejected"),
  ];
  const whatElse = [
    `${several(events, "event")} came, ${counted(matched)} of them for this mapping.`,
    sent > 0 && `${several(segments, "segment")}${price ? `, about ${price}` : ""}.`,
    waited > 0 && `${several(waited, "text")} would have waited for the end of quiet hours.`,
    withoutPayload > 0 && `Of ${several(withoutPayload, "event")} what they said is gone for its age.`,
    notRead > 0 &&
      `${counted(notRead)} could not be decided: what they need could not be read from the provider.`,
  ];
  return (
    <>
      <Text size="lg" fw={600} role="status">
        Would have sent {several(sent, "text")} to {several(people, "person", "people")}
        {!isWhole && " so far"}: {period.toLowerCase()}
      </Text>
      <Text size="sm" c="dimmed" mt={4}>
        {whatElse.filter(Boolean).join(" ")}
      </Text>
      {reasons.length > 0 && (
        <>
          <Title order={3} size="h5" mt="lg" mb={6}>
            Not sent, and why
          </Title>
          <Bars label="Not sent, and why" bars={reasons} tone="red" />
        </>
      )}
      {days.length > 0 && (
        <>
          <Title order={3} size="h5" mt="lg" mb={6}>
            Sent by day
          </Title>
          <Bars
            label="Sent by day"
            tone="green"
            bars={days.map(({ day, sent: count, people: whom }) => ({
              name: dayInWords(day),
              count,
              beside: several(whom, "person", "people"),
            }))}
          />
        </>
      )}
      {samples.length > 0 && <Samples samples={samples} draft={draft} />}
    </>
  );
}

const barsOf = (counts: Readonly<Record<string, number | undefined>>, how: string) =>
  Object.entries(counts)
    .map(([reason, count]) => ({ name: spelled(reason), count: count ?? 0, beside: how }))
    .sort((one, other) => other.count - one.count);

const dayInWords = (day: string) =>
  new Date(`${day}T00:00:00`).toLocaleDateString("en-GB", {
    weekday: "short",
    day: "numeric",
    month: "short",
  });
