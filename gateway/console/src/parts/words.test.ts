import { expect, test } from "vitest";

import { fieldInWords, inPageWords } from "./words.ts";

test.each([
  ["The destination Doves is FAILED, not VERIFIED.", "The account Doves is failed, not verified."],
  ["Only a destination that sends to any reaches it.", "Only an account that sends to any reaches it."],
  ["What is to be sent waits as SENDER_REMOVED.", "What is to be sent waits as “Sender removed”."],
  ["All else is suppressed as BUDGET.", "All else is suppressed as “Budget”."],
  ["Post from a SERVER source.", "Post from a server source."],
  ["The mapping My destination reads $.CUSTOM_PATH.", "The mapping My destination reads $.CUSTOM_PATH."],
])("says %s in the words of the page", (said, words) => {
  expect(inPageWords(said)).toBe(words);
});

const FIELDS = [{ key: "webhookUrl", label: "Webhook address" }];

test.each([
  [["settings", "webhookUrl"], "Webhook address"],
  [["settings", "twilioEngage", "accountSid"], "Account sid"],
  [["policy", "allowedCountries", "0"], "Allowed countries"],
  [["id"], null],
  [["planId"], null],
  [["expectedRevision"], null],
  [[], null],
])("names the field at %j in words: %s", (path, name) => {
  expect(fieldInWords(path, FIELDS)).toBe(name);
});
