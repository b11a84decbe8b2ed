import { Group, Loader, SegmentedControl, Tabs, Text, Title } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { ChangeRefused } from "../../../../api/ask.ts";
import { Failure } from "../../../../parts/Failure.tsx";
import { Gates } from "../../../../parts/Gates.tsx";
import { JsonView } from "../../../../parts/JsonView.tsx";
import { When } from "../../../../parts/When.tsx";
import { useEditor } from "../useEditor.ts";
import { EventPick } from "./EventPick.tsx";
import { Outcome } from "./Outcome.tsx";
import classes from "./Preview.module.css";
import type { Pick } from "./pick.ts";
import { Request } from "./Request.tsx";
import { TestSend } from "./TestSend.tsx";
import type { Moment, Previewed, usePreview } from "./usePreview.ts";

type Props = {
  moment: Moment;
  onMoment: (moment: Moment) => void;
  pick: Pick;
  onPick: (pick: Pick) => void;
  previewed: ReturnType<typeof usePreview>;
  /** What is still to be filled in before there is anything to show. */
  todo: readonly string[];
};

/** What the mapping, as it stands in the form, would make of an event. */
export function Preview({ pick, onPick, moment, onMoment, previewed, todo }: Props) {
  const { state, action } = useEditor();
  const { preview, error, isBehind, isOlder, isWhole, isSample, missing, hasEvent, event } = previewed;
  return (
    <>
      <Group justify="space-between" mb="xs">
        <Title order={2} size="h4">
          Preview
        </Title>
        {isBehind && isWhole && <Loader size={16} aria-label="The preview is being worked out" />}
      </Group>
      <EventPick pick={pick} onPick={onPick} draft={state.draft} shown={event} />
      {!isWhole ? (
        <Text size="sm" c="dimmed" mt="md">
          Choose an account and what it does. What it would send is shown here, and nothing is sent.
        </Text>
      ) : (
        <div aria-busy={isBehind} className={classes.outcome}>
          <Failure of={error} title="The preview could not be worked out" />
          {preview && preview.errors.length > 0 && <Failure of={new ChangeRefused(preview.errors)} />}
          {!hasEvent && !error && (
            <Text size="sm" c="dimmed">
              {missing
                ? "No such event came. Names are told apart by case and blanks."
                : "There is no event yet: name one, or write one as a JSON object."}
            </Text>
          )}
          {preview && hasEvent && preview.errors.length === 0 && (
            <Tried preview={preview} isSample={isSample} moment={moment} onMoment={onMoment} />
          )}
          {preview && hasEvent && preview.errors.length === 0 && todo.length > 0 && (
            <Text size="sm" role="status" mt="sm">
              Still to be filled in: <b>{todo.join(", ")}</b>. Then the text is shown here, and nothing is
              sent.
            </Text>
          )}
          {preview && hasEvent && preview.errors.length === 0 && todo.length === 0 && (
            <>
              <Outcome preview={preview} channel={action?.channel ?? null} />
              <Tabs defaultValue="gates" keepMounted={false} mt="md">
                <Tabs.List>
                  <Tabs.Tab value="gates">Gates</Tabs.Tab>
                  <Tabs.Tab value="request">Request</Tabs.Tab>
                  <Tabs.Tab value="fields">Fields</Tabs.Tab>
                  <Tabs.Tab value="event">Event</Tabs.Tab>
                </Tabs.List>
                <Tabs.Panel value="gates" pt="sm">
                  {preview.explanation.length > 0 ? (
                    <Gates gates={preview.explanation} />
                  ) : (
                    <Text size="sm" c="dimmed">
                      No gate was asked.
                    </Text>
                  )}
                </Tabs.Panel>
                <Tabs.Panel value="request" pt="sm">
                  <Request request={preview.request ?? null} />
                </Tabs.Panel>
                <Tabs.Panel value="fields" pt="sm">
                  <JsonView value={preview.fields ?? null} label="What the fields come to" />
                </Tabs.Panel>
                <Tabs.Panel value="event" pt="sm">
                  <JsonView value={event} label="The event" />
                </Tabs.Panel>
              </Tabs>
            </>
          )}
        </div>
      )}
      <TestSend event={event} isFor={preview?.matched ?? false} isOlder={isOlder} />
    </>
  );
}

type TriedProps = Omit<Props, "pick" | "onPick" | "previewed" | "todo"> & {
  preview: Previewed;
  isSample: boolean;
};

function Tried({ preview, isSample, moment, onMoment }: TriedProps) {
  const { event } = preview;
  if (event) {
    return (
      <Group justify="space-between" mt="sm" gap="xs">
        <Text size="xs" c="dimmed">
          Tried with{" "}
          <Link to="/events/$id" params={{ id: event.id }} className={classes.link}>
            {event.name ?? event.type}
          </Link>{" "}
          of {event.userId ?? "nobody named"}, which came <When at={event.receivedAt} ago />
        </Text>
        <SegmentedControl
          size="xs"
          aria-label="As if it came"
          value={moment}
          onChange={(value) => onMoment(value as Moment)}
          data={[
            { value: "then", label: "As it came" },
            { value: "now", label: "As if now" },
          ]}
        />
      </Group>
    );
  }
  // What could not be tried at all says nothing of its event.
  if (preview.decision === "REJECT" && !isSample) return null;
  return (
    <Text size="xs" c="dimmed" mt="sm">
      {isSample
        ? "No event of its trigger came yet: this is a sample that is made of the trigger. JSON lets you change it."
        : "Tried with the JSON above, as if it came now."}
    </Text>
  );
}
