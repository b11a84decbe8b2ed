import { expect, test } from "vitest";

import { labelOf } from "./labels.ts";

const DEFINITIONS = [
  {
    settingsFields: [
      { key: "region", label: "Region", shownAs: "region" },
      { key: "apiKeySid", label: "API key SID", shownAs: "apiKeys" },
    ],
    actions: [
      { slug: "sendSms", fields: [{ key: "contentSid", label: "SMS content template SID" }] },
      { slug: "sendWhatsApp", fields: [{ key: "contentSid", label: "WhatsApp template" }] },
    ],
  },
];

test.each([
  ["policy.dailyMessageLimit", "Texts a day"],
  ["policy.unheardOf", undefined],
  ["settings.region", "Region"],
  ["settings.apiKeys", "API key SID"],
  ["settings.unheardOf", undefined],
  ["fields.contentSid", "WhatsApp template"],
  ["fields.unheardOf", undefined],
  ["smsOptInTrait", "Trait for SMS"],
  ["cancelTrigger", "Cancel trigger"],
  ["constructor", undefined],
])("%s is %s in the forms", (field, label) => {
  expect(labelOf(field, DEFINITIONS, "sendWhatsApp")).toBe(label);
});

test("names no field of an action that is not known", () => {
  expect(labelOf("fields.contentSid", DEFINITIONS)).toBeUndefined();
});

test("calls whether it is on as the form of what has it does", () => {
  expect(labelOf("enabled", DEFINITIONS, null, true)).toBe("Its events are taken");
  expect(labelOf("enabled", DEFINITIONS)).toBe("Enabled");
});
