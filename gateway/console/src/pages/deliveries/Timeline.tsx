import { Text } from "@mantine/core";

import { CopyText } from "../../parts/CopyText.tsx";
import { Said } from "../../parts/Said.tsx";
import { When } from "../../parts/When.tsx";
import { counted, messageStatusInWords, spelled } from "../../parts/words.ts";
import classes from "./DeliveryWhole.module.css";
import type { Whole } from "./useDelivery.ts";

type Entry = Whole["timeline"]["edges"][number]["node"];
type Attempt = Extract<Entry, { __typename: "Attempt" }>;
type Callback = Extract<Entry, { __typename: "StatusCallback" }>;

/** Each try with what the provider answered, and each word of it after that. */
export function Timeline({ delivery: { createdAt, timeline } }: { delivery: Whole }) {
  const left = (timeline.totalCount ?? 0) - timeline.edges.length;
  return (
    <>
      <ol className={classes.timeline}>
        <li>
          The event was matched
          <At at={createdAt} />
        </li>
        {timeline.edges.map(({ node }) =>
          node.__typename === "Attempt" ? (
            <Tried key={node.id} attempt={node} />
          ) : (
            <Told key={node.id} callback={node} />
          ),
        )}
      </ol>
      {timeline.edges.length === 0 && (
        <Text size="sm" c="dimmed">
          The provider was asked for nothing.
        </Text>
      )}
      {left > 0 && (
        <Text size="sm" c="dimmed">
          {counted(left)} more came after these, and are not shown.
        </Text>
      )}
    </>
  );
}

function At({ at }: { at: string }) {
  return (
    <Text size="xs" c="dimmed">
      <When at={at} />
    </Text>
  );
}

const OUTCOMES: Record<string, { tone: string; words: string }> = {
  STARTED: { tone: "amber", words: "is under way, or was cut short" },
  ACCEPTED: { tone: "green", words: "the provider took it" },
  REJECTED: { tone: "red", words: "the provider refused it" },
  THROTTLED: { tone: "amber", words: "the provider said: later" },
  UNCERTAIN: { tone: "amber", words: "nobody knows whether it was taken" },
};

function Tried({ attempt }: { attempt: Attempt }) {
  const { number, outcome, httpStatus, providerCode, message, durationMs, startedAt, requestId } = attempt;
  const { tone, words } = OUTCOMES[outcome] ?? { tone: "grey", words: spelled(outcome) };
  const facts = [
    httpStatus && `HTTP ${httpStatus}`,
    providerCode && `code ${providerCode}`,
    durationMs > 0 && `${durationMs} ms`,
  ].filter(Boolean);
  return (
    <li data-tone={tone}>
      Try {number}: {words}
      {message && (
        <Text size="sm">
          <Said of={message} />
        </Text>
      )}
      {facts.length > 0 && (
        <Text size="sm" c="dimmed">
          {facts.join(" · ")}
        </Text>
      )}
      {requestId && <CopyText text={requestId} label="Id of the request, for the provider's support" />}
      <At at={startedAt} />
    </li>
  );
}

const BAD = ["UNDELIVERED", "FAILED", "CANCELED"];
const GOOD = ["DELIVERED", "READ"];

function Told({ callback: { status, providerCode, receivedAt } }: { callback: Callback }) {
  const tone = BAD.includes(status) ? "red" : GOOD.includes(status) ? "green" : "grey";
  return (
    <li data-tone={tone}>
      <b>{spelled(status)}</b>: {messageStatusInWords(status)}
      {providerCode && (
        <Text size="sm" c="dimmed">
          code {providerCode}
        </Text>
      )}
      <At at={receivedAt} />
    </li>
  );
}
