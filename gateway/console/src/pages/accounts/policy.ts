import type { DestinationPolicyInput } from "../../api/schema.ts";
import type { FieldShape } from "../../parts/FieldInput.tsx";
import type { PolicyFragment } from "./account.graphql.ts";

export type PolicyKey = Exclude<keyof PolicyFragment, "__typename" | "quietHours">;
export type PolicyValues = Partial<Record<PolicyKey, unknown>>;

export type PolicyField = FieldShape & {
  key: PolicyKey;
  /** A control of its own kind. */
  control?: "time" | "zone" | "mapping" | "source" | "whole";
};

export type PolicyGroup = { title: string; fields: PolicyField[] };

function field(
  key: PolicyKey,
  label: string,
  description: string,
  type: string,
  more: Partial<PolicyField> = {},
): PolicyField {
  return {
    key,
    label,
    description,
    type,
    required: false,
    multiple: false,
    secret: false,
    default: null,
    choices: [],
    ...more,
  };
}

const QUIET_HOURS: PolicyField[] = [
  field(
    "quietHoursStart",
    "Quiet from",
    "From then on no marketing goes out: it waits. In the person's own time.",
    "string",
    { control: "time" },
  ),
  field("quietHoursEnd", "Quiet until", "The same as the start: marketing goes out at any hour.", "string", {
    control: "time",
  }),
];

const LIMITS: PolicyField[] = [
  field("dailyMessageLimit", "Texts a day", "What comes beyond is not sent. 0: any number.", "number", {
    control: "whole",
  }),
  field("perRecipientDailyLimit", "Texts to one number a day", "0: any number.", "number", {
    control: "whole",
  }),
];

const WEEKLY = field(
  "perRecipientWeeklyLimit",
  "Texts of one purpose to one number a week",
  "Marketing and transactional each; the week begins on Monday. 0: any number.",
  "number",
  { control: "whole" },
);

const ZONE = field("timeZone", "Time zone", "Where days and weeks are counted.", "string", {
  control: "zone",
});

const COUNTRIES = field(
  "allowedCountries",
  "Countries",
  "The only ones it sends to, by two letters, such as US. Empty: any.",
  "string",
  { multiple: true },
);

/** What a new account is asked for. */
export const POLICY_BASICS: PolicyField[] = [...QUIET_HOURS, ...LIMITS, ZONE];

/** All of it, by what it is about. */
export const POLICY_GROUPS: PolicyGroup[] = [
  { title: "Quiet hours", fields: QUIET_HOURS },
  { title: "Limits", fields: [...LIMITS, WEEKLY, ZONE] },
  {
    title: "Where to",
    fields: [
      COUNTRIES,
      field(
        "requireDltForIndia",
        "Ask for a DLT entity for India",
        "Texts to India are refused while the settings have no DLT entity ID.",
        "boolean",
      ),
      field("testNumbers", "Test numbers", "Numbers that test sends may go to without consent.", "string", {
        multiple: true,
      }),
    ],
  },
  {
    title: "Opting in and out",
    fields: [
      field(
        "optOutWords",
        "Say how to opt out",
        "With a person's first marketing SMS, and one every 30 days, where the country asks for it (US, CA).",
        "boolean",
      ),
      field(
        "stopConfirmation",
        "Answer to a stop",
        "What somebody is told whose stop the provider does not answer itself. Empty: nothing.",
        "string",
      ),
      field(
        "doubleOptIn",
        "Double opt-in",
        "A yes from an event counts once the person confirmed it.",
        "boolean",
      ),
      field("confirmationMappingId", "Mapping that asks to confirm", "It sends nothing else.", "string", {
        control: "mapping",
      }),
    ],
  },
  {
    title: "Sending",
    fields: [
      field(
        "messagesPerSecond",
        "Messages per second",
        'By sender address or kind: {"+15551234567": 1, "SHORT_CODE": 100}. Others go at the pace of their kind.',
        "object",
      ),
      field(
        "mmsFallback",
        "Media where there is no MMS",
        "LINK: a text with a link. SUPPRESS: nothing.",
        "string",
        {
          choices: ["LINK", "SUPPRESS"],
          required: true,
        },
      ),
      field(
        "uncertain",
        "Where nobody knows whether a text was taken",
        "Once the provider proves to have none: send it again, or let it expire.",
        "string",
        { choices: ["RESEND_WHEN_ABSENT", "EXPIRE"], required: true },
      ),
      field(
        "retryUndelivered",
        "Send undelivered texts once more",
        "Although the first may have arrived.",
        "boolean",
      ),
    ],
  },
  {
    title: "Replies as events",
    fields: [
      field(
        "inboundSourceId",
        "Source",
        "What people write becomes events of it. None: it becomes no event.",
        "string",
        {
          control: "source",
        },
      ),
      field("inboundSourceEvents", "Which become events", "And nothing while there is no source.", "string", {
        multiple: true,
        choices: ["MESSAGE_RECEIVED", "MESSAGE_DELIVERED", "MESSAGE_FAILED", "MESSAGE_LINK_CLICKED"],
      }),
    ],
  },
];

/** What a new account begins with, here with the reader's own time zone. */
export const newPolicy = (): PolicyValues => ({
  quietHoursStart: "21:00",
  quietHoursEnd: "08:00",
  dailyMessageLimit: 1000,
  perRecipientDailyLimit: 10,
  timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone,
});

// How a value is taken away: each kind has its own way, as null leaves it as it is.
const ENDED: Partial<Record<PolicyKey, unknown>> = {
  stopConfirmation: "",
  inboundSourceId: "",
  confirmationMappingId: "",
  perRecipientWeeklyLimit: 0,
  perRecipientDailyLimit: 0,
  dailyMessageLimit: 0,
  allowedCountries: [],
  testNumbers: [],
  inboundSourceEvents: [],
  messagesPerSecond: {},
};

export type Choice = { value: string; label: string };

/** What can be chosen: none of them, or one. What is set is among them, though it may not be known yet, or be gone. */
export function choicesWith(set: string, known: readonly Choice[]): Choice[] {
  const isKnown = set === "" || known.some(({ value }) => value === set);
  return [{ value: "", label: "None" }, ...(isKnown ? [] : [{ value: set, label: set }]), ...known];
}

/** The policy to give, of what was filled in. */
export function policyInput(values: PolicyValues): DestinationPolicyInput {
  const entries = Object.entries(values) as [PolicyKey, unknown][];
  return Object.fromEntries(entries.map(([key, value]) => [key, value ?? ENDED[key] ?? null]));
}
