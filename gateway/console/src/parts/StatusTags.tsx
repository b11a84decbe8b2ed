import type {
  Channel,
  ConsentStatus,
  DeliveryStatus,
  DestinationStatus,
  EventOutcome,
  JobStatus,
  MessageStatus,
  TemplateApproval,
} from "../api/schema.ts";
import { WORDS } from "../api/words.ts";
import { Tag, type Tone } from "./Tag.tsx";
import { channelInWords, messageStatusInWords, spelled, statusInWords } from "./words.ts";

const DELIVERY: Record<DeliveryStatus, Tone> = {
  PENDING: "blue",
  HELD: "amber",
  SENDING: "blue",
  RETRYING: "amber",
  UNCERTAIN: "amber",
  ACCEPTED: "green",
  SUPPRESSED: "grey",
  REJECTED: "red",
  CANCELED: "grey",
  SHADOWED: "grey",
  EXPIRED: "red",
};

const BAD_MESSAGE: readonly MessageStatus[] = ["UNDELIVERED", "FAILED"];
const GOOD_MESSAGE: readonly MessageStatus[] = ["DELIVERED", "READ"];

/** Where a Delivery stands: once it was accepted, the provider's own word. */
export function DeliveryTag({
  status,
  messageStatus,
}: {
  status: DeliveryStatus;
  messageStatus?: MessageStatus | null;
}) {
  if (status === "ACCEPTED" && messageStatus) {
    const tone = BAD_MESSAGE.includes(messageStatus)
      ? "red"
      : GOOD_MESSAGE.includes(messageStatus)
        ? "green"
        : "blue";
    return (
      <Tag tone={tone} title={messageStatusInWords(messageStatus)}>
        {spelled(messageStatus)}
      </Tag>
    );
  }
  return (
    <Tag tone={DELIVERY[status]} title={statusInWords(status)}>
      {spelled(status)}
    </Tag>
  );
}

const ACCOUNT: Record<DestinationStatus, Tone> = {
  DRAFT: "grey",
  VERIFYING: "amber",
  VERIFIED: "green",
  FAILED: "red",
};

/** How an account stands, and whether it is paused or off. */
export function AccountTag({
  status,
  paused,
  enabled,
}: {
  status: DestinationStatus;
  paused: boolean;
  enabled: boolean;
}) {
  return (
    <>
      <Tag tone={ACCOUNT[status]} title={WORDS.DestinationStatus[status]}>
        {spelled(status)}
      </Tag>
      {paused && <Tag tone="amber">Paused</Tag>}
      {!enabled && <Tag tone="grey">Disabled</Tag>}
    </>
  );
}

const OUTCOME: Record<EventOutcome, Tone> = {
  ACCEPTED: "blue",
  DUPLICATE: "grey",
  INVALID: "red",
  UNMATCHED: "grey",
  MATCHED: "green",
};

/** What became of an event. */
export function OutcomeTag({ outcome }: { outcome: EventOutcome }) {
  return (
    <Tag tone={OUTCOME[outcome]} title={WORDS.EventOutcome[outcome]}>
      {spelled(outcome)}
    </Tag>
  );
}

const CONSENT: Record<ConsentStatus, Tone> = {
  SUBSCRIBED: "green",
  UNSUBSCRIBED: "red",
  UNKNOWN: "grey",
  PENDING: "amber",
};

/** Whether somebody wants texts; with `channel` by which. */
export function ConsentTag({ status, channel }: { status: ConsentStatus; channel?: Channel }) {
  return (
    <Tag tone={CONSENT[status]} title={WORDS.ConsentStatus[status]}>
      {channel ? `${channelInWords(channel)} ${spelled(status).toLowerCase()}` : spelled(status)}
    </Tag>
  );
}

/** A test send. */
export const TestTag = () => <Tag tone="blue">Test</Tag>;

const APPROVAL: Record<TemplateApproval, Tone> = {
  UNSUBMITTED: "grey",
  RECEIVED: "amber",
  PENDING: "amber",
  APPROVED: "green",
  REJECTED: "red",
  PAUSED: "amber",
  DISABLED: "red",
};

/** What WhatsApp said of a template. */
export function ApprovalTag({ approval }: { approval: TemplateApproval }) {
  return (
    <Tag tone={APPROVAL[approval]} title={WORDS.TemplateApproval[approval]}>
      {spelled(approval)}
    </Tag>
  );
}

const JOB: Record<JobStatus, Tone> = {
  RUNNING: "blue",
  PAUSED: "amber",
  DONE: "green",
  FAILED: "red",
  CANCELED: "grey",
};

/** Where a job stands. */
export function JobTag({ status }: { status: JobStatus }) {
  return (
    <Tag tone={JOB[status]} title={WORDS.JobStatus[status]}>
      {spelled(status)}
    </Tag>
  );
}

/** Whether a sender sends. */
export function SenderTag({
  sender,
}: {
  sender: { active: boolean; paused: boolean; removedAt?: string | null };
}) {
  if (sender.removedAt)
    return (
      <Tag tone="red" title="The account has it no more">
        Removed
      </Tag>
    );
  if (!sender.active)
    return (
      <Tag tone="grey" title="It was taken out of use here">
        Out of use
      </Tag>
    );
  return sender.paused ? <Tag tone="amber">Paused</Tag> : <Tag tone="green">Active</Tag>;
}
