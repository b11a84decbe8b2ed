import { expect, test } from "vitest";

import { verdictOf } from "./verdict.ts";

const LIVE = { mode: "LIVE", enabled: true } as const;
const SHADOW = { mode: "SHADOW", enabled: true } as const;
const DISABLED = { mode: "LIVE", enabled: false } as const;

test.each([
  ["SEND", true, LIVE, "Send"],
  ["SEND", true, SHADOW, "Shadow"],
  ["HOLD", true, SHADOW, "Shadow"],
  ["SUPPRESS", true, SHADOW, "Suppress"],
  ["SEND", true, DISABLED, "Disabled"],
  ["NO_MATCH", true, DISABLED, "Disabled"],
  ["NO_MATCH", false, DISABLED, "No match"],
  ["NO_MATCH", true, LIVE, "No match"],
] as const)(
  "%s (matched: %s) of a mapping that is %j is said to be %s",
  (decision, matched, mapping, tag) => {
    expect(verdictOf({ decision, matched }, mapping).tag).toBe(tag);
  },
);
