import type { JobKind } from "../../api/schema.ts";
import { counted, reasonInWords, several, spelled } from "../words.ts";
import type { JobPartsFragment } from "./jobs.graphql.ts";

const KINDS: Record<JobKind, string> = {
  REPLAY: "Replay of deliveries",
  SENDER_SYNC: "Sync of senders",
  TEMPLATE_SYNC: "Sync of templates",
  SENDER_CONNECT: "Connection of a sender's replies",
  ERASE: "Erasure of a person",
  INBOUND_IMPORT: "Look at messages from before",
  CONSENT_IMPORT: "Consent import",
  IMPORT: "Import from Segment",
  BACKTEST: "Backtest of a mapping",
};

/** What a job does, as a person says it. */
export function kindInWords(job: Pick<JobPartsFragment, "kind" | "result">): string {
  const isDry = job.kind === "CONSENT_IMPORT" && resultOf(job).dryRun === true;
  return isDry ? "Consent import, dry run" : KINDS[job.kind];
}

/** What a job is about, by its name; null where that is many things, or gone. */
export function aboutWhat({ target }: Pick<JobPartsFragment, "target">): string | null {
  if (!target) return null;
  if ("name" in target) return target.name;
  if ("address" in target) return target.address;
  return "phone" in target ? (target.phone ?? null) : null;
}

type Result = Record<string, unknown>;

/** What a job came to so far, by its name. */
export function resultOf(job: Pick<JobPartsFragment, "result">): Result {
  return isResult(job.result) ? job.result : {};
}

/** How many rows of a consent import were refused. */
export const refusedRows = (job: Pick<JobPartsFragment, "result">): number => number(resultOf(job), "bad");

const isResult = (value: unknown): value is Result =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const number = (result: Result, name: string): number =>
  typeof result[name] === "number" ? (result[name] as number) : 0;

/** Why a delivery is not replayed: each `Obstacle` of gateway/pipeline/replays.py. */
const NOT_REPLAYED: Record<string, string> = {
  GONE: "its event, what that held, or its mapping is gone",
  UNDER_WAY: "it may still be sent",
  SENT: "there is a text of it already, or there may be",
  TEST: "it was a test",
  DISABLED: "its mapping is disabled",
  QUESTION: "it asks to confirm a yes, which nobody is asked twice",
  SHADOW: "its mapping was in SHADOW",
  COPY: "its source might not send it",
  FAILURE: "the gateway failed on it",
};

function counts(value: unknown): [string, number][] {
  return isResult(value)
    ? Object.entries(value).filter((one): one is [string, number] => typeof one[1] === "number" && one[1] > 0)
    : [];
}

const IN_WORDS: Record<JobKind, (result: Result) => string[]> = {
  REPLAY: (result) => [
    `${several(number(result, "made"), "replay")} made.`,
    ...counts(result.skipped).map(
      ([why, count]) => `${several(count, "text")} not replayed: ${NOT_REPLAYED[why] ?? spelled(why)}.`,
    ),
  ],
  SENDER_SYNC: (result) => [synced(result, "sender")],
  TEMPLATE_SYNC: (result) => [synced(result, "template")],
  SENDER_CONNECT: (result) => [
    `What people write to ${result.address ?? "the sender"} comes here from now on.`,
    ...(typeof result.replaced === "string" ? [`Before, ${result.replaced} was called.`] : []),
  ],
  ERASE: (result) => [
    `${several(number(result, "events"), "event")}, ${several(number(result, "deliveries"), "delivery", "deliveries")} and ${several(
      number(result, "people"),
      "record of the person",
      "records of the person",
    )} emptied or removed.`,
  ],
  INBOUND_IMPORT: (result) => [
    `${several(number(result, "read"), "message")} read, ${counted(number(result, "new"))} of them new, ${several(
      number(result, "stops"),
      "stop",
    )} among these.`,
  ],
  CONSENT_IMPORT: (result) => [
    `${several(number(result, "rows"), "row")} read: ${counted(number(result, "subscribed"))} yes, ${counted(
      number(result, "unsubscribed"),
    )} no, ${counted(number(result, "bad"))} refused.`,
  ],
  IMPORT: (result) => [
    ...listed("Made", result.made),
    ...listed("Unchanged", result.unchanged),
    ...listed("Left as it is", result.left),
  ],
  BACKTEST: (result) => [
    `Would have sent ${several(number(result, "sent"), "text")} to ${several(number(result, "people"), "person", "people")}, of ${several(
      number(result, "events"),
      "event",
    )}.`,
    ...counts(result.suppressed).map(([why, count]) => `${counted(count)}: ${asReason(why)}`),
  ],
};

function asReason(why: string): string {
  return reasonInWords(why as Parameters<typeof reasonInWords>[0]) ?? spelled(why);
}

function synced(result: Result, what: string): string {
  const gone = number(result, "removed");
  const missing = number(result, "missing");
  return [
    `The account has ${several(number(result, "listed"), what)}, ${counted(number(result, "new"))} new`,
    gone > 0 ? `, ${counted(gone)} gone` : "",
    missing > 0 ? `, ${counted(missing)} missing for the first time` : "",
    ".",
  ].join("");
}

function listed(how: string, value: unknown): string[] {
  if (!Array.isArray(value) || value.length === 0) return [];
  const names = value
    .filter(isResult)
    .map((one) => `${one.kind} “${one.name}”${one.why ? ` (${one.why})` : ""}`);
  return [`${how}: ${names.join(", ")}.`];
}

/** What a job came to so far, in sentences; none before it began. */
export function jobInWords(job: Pick<JobPartsFragment, "kind" | "result">): string[] {
  return isResult(job.result) ? IN_WORDS[job.kind](job.result) : [];
}
