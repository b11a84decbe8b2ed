import { Text } from "@mantine/core";

import { Fold } from "../../parts/Fold.tsx";
import { HIDDEN_WORDS, PhoneText } from "../../parts/PhoneText.tsx";
import { channelInWords, several } from "../../parts/words.ts";
import { useMay } from "../../shell/viewer.ts";
import { Forecast } from "./Forecast.tsx";
import type { Whole } from "./useDelivery.ts";

/** The text as the phone shows it, with what it takes and what it cost. */
export function Message({ delivery }: { delivery: Whole }) {
  const { text, media, buttons, channel, segments, price } = delivery;
  if (text == null && media.length === 0) return <NoText delivery={delivery} />;
  const facts = [
    channel && channelInWords(channel),
    segments != null && several(segments, "segment"),
    price,
  ].filter(Boolean);
  return (
    <PhoneText
      text={text ?? null}
      media={media}
      buttons={buttons.map((button) => button.title)}
      channel={channel}
      below={facts.join(" · ")}
    />
  );
}

/** There is no text to show: why, and what it would be now. */
function NoText({ delivery: { request, attemptCount, mapping, event } }: { delivery: Whole }) {
  const seesWords = useMay("READER");
  const isKnown = event && !event.payloadRemovedAt && mapping && !mapping.deletedAt;
  const whyNone =
    request || attemptCount > 0
      ? "Its words are not known here: they are a template’s that no sync has listed, or they were removed for their age."
      : "No text was made of it so far.";
  return (
    <>
      <Text size="sm" c="dimmed">
        {seesWords ? whyNone : HIDDEN_WORDS}
      </Text>
      {seesWords && isKnown && (
        <Fold label="What it would be now">
          <Forecast mapping={mapping} eventId={event.id} />
        </Fold>
      )}
    </>
  );
}
