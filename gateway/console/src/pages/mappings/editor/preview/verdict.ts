import type { Decision } from "../../../../api/schema.ts";
import type { Tone } from "../../../../parts/Tag.tsx";
import type { Draft } from "../draft.ts";

export type Verdict = {
  tone: Tone;
  tag: string;
  words: string;
  /** What the API says of when and why is of no account beside it. */
  isWhole?: boolean;
};

const OF_ONE_THAT_SENDS: Record<Decision, Verdict> = {
  SEND: { tone: "green", tag: "Send", words: "It would be sent at once." },
  HOLD: { tone: "amber", tag: "Hold", words: "It would wait." },
  SUPPRESS: { tone: "red", tag: "Suppress", words: "Nothing would be sent, on purpose." },
  REJECT: { tone: "red", tag: "Reject", words: "It could not become a message." },
  NO_MATCH: { tone: "grey", tag: "No match", words: "The event is not for this mapping." },
};

const DISABLED: Verdict = {
  tone: "grey",
  tag: "Disabled",
  words: "Nothing would be sent: no event reaches the mapping before it is enabled.",
  isWhole: true,
};

const SHADOW: Verdict = {
  tone: "blue",
  tag: "Shadow",
  words: "It would be recorded only (SHADOW): nothing is sent.",
};

const WAITS_IN_SHADOW: Verdict = {
  tone: "blue",
  tag: "Shadow",
  words: "It would wait, and then be recorded only (SHADOW).",
};

/** What would happen, in words: a mapping that is disabled or in SHADOW sends nothing of what it would send. */
export function verdictOf(
  { decision, matched }: { decision: Decision; matched: boolean },
  { mode, enabled }: Pick<Draft, "mode" | "enabled">,
): Verdict {
  // The API calls it no match where a saved one is disabled, and tells what it would do where it is not made yet.
  if (!enabled && matched && ["SEND", "HOLD", "NO_MATCH"].includes(decision)) return DISABLED;
  if (mode === "SHADOW" && decision === "SEND") return SHADOW;
  if (mode === "SHADOW" && decision === "HOLD") return WAITS_IN_SHADOW;
  return OF_ONE_THAT_SENDS[decision];
}
