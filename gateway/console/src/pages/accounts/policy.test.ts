import { expect, test } from "vitest";

import { newPolicy, POLICY_BASICS, POLICY_GROUPS, policyInput } from "./policy.ts";

test("gives what was filled in as it is", () => {
  expect(policyInput({ dailyMessageLimit: 500, optOutWords: false })).toEqual({
    dailyMessageLimit: 500,
    optOutWords: false,
  });
});

test("takes away each kind of value in its own way, since null leaves it as it is", () => {
  expect(
    policyInput({
      stopConfirmation: null,
      dailyMessageLimit: null,
      testNumbers: null,
      messagesPerSecond: null,
    }),
  ).toEqual({ stopConfirmation: "", dailyMessageLimit: 0, testNumbers: [], messagesPerSecond: {} });
});

test("asks for each field once", () => {
  const keys = POLICY_GROUPS.flatMap(({ fields }) => fields.map(({ key }) => key));

  expect(new Set(keys).size).toBe(keys.length);
  expect(POLICY_BASICS.filter(({ key }) => !keys.includes(key))).toEqual([]);
});

test("begins with the reader's own time zone", () => {
  expect(newPolicy().timeZone).toBe("Europe/Vienna");
});
