import { Skeleton, Text, Title } from "@mantine/core";
import { Link } from "@tanstack/react-router";

import { useAnswer } from "../../../../api/queries.ts";
import { Failure } from "../../../../parts/Failure.tsx";
import { PhoneText } from "../../../../parts/PhoneText.tsx";
import { Tag } from "../../../../parts/Tag.tsx";
import { When } from "../../../../parts/When.tsx";
import { several, spelled } from "../../../../parts/words.ts";
import type { Draft } from "../draft.ts";
import { tried } from "../preview/usePreview.ts";
import { useEditor } from "../useEditor.ts";
import classes from "./Backtest.module.css";
import { SampledEventsDocument, type SampledEventsQuery, SampledTextDocument } from "./backtest.graphql.ts";
import type { BacktestResult } from "./result.ts";

type Sample = BacktestResult["samples"][number];
type Event = Extract<NonNullable<SampledEventsQuery["nodes"][number]>, { receivedAt: string }>;

/** Some of the events, each with the text that it would have led to at its time. */
export function Samples({ samples, draft }: { samples: readonly Sample[]; draft: Draft }) {
  const answer = useAnswer(SampledEventsDocument, { ids: samples.map(({ eventId }) => eventId) });
  const events = new Map(
    (answer.data?.nodes ?? [])
      .filter((node): node is Event => node !== null && "receivedAt" in node)
      .map((event) => [event.id, event]),
  );
  return (
    <>
      <Title order={3} size="h5" mt="lg" mb={6}>
        Some of the texts
      </Title>
      <Failure of={answer.error} />
      <ul className={classes.samples}>
        {samples.map((sample) => {
          const event = events.get(sample.eventId);
          return event && <One key={sample.eventId} sample={sample} event={event} draft={draft} />;
        })}
      </ul>
    </>
  );
}

function One({ sample: { decision, reason }, event, draft }: { sample: Sample; event: Event; draft: Draft }) {
  const { action, state } = useEditor();
  const input = { ...tried(draft, state.saved), eventId: event.id, at: event.receivedAt };
  const answer = useAnswer(SampledTextDocument, { input });
  const preview = answer.data?.mappingPreview;
  const isSent = decision === "SEND";
  return (
    <li>
      <div className={classes.head}>
        <Tag tone={isSent ? "green" : "grey"}>{reason ? spelled(reason) : spelled(decision)}</Tag>
        <Link to="/events/$id" params={{ id: event.id }} style={{ color: "inherit" }}>
          {event.name ?? event.type}
        </Link>
        <Text size="xs" c="dimmed">
          {event.userId} · <When at={event.receivedAt} />
        </Text>
      </div>
      <Failure of={answer.error} />
      {answer.isPending && <Skeleton height={40} mt={8} />}
      {preview && (preview.text || preview.media.length > 0) && (
        <PhoneText
          text={preview.text ?? ""}
          media={preview.media}
          channel={action?.channel}
          below={preview.segments == null ? undefined : several(preview.segments, "segment")}
        />
      )}
    </li>
  );
}
