import { expect, test } from "vitest";

import { choicesWith, newPolicy, POLICY_BASICS, POLICY_GROUPS, policyInput } from "./policy.ts";

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

test("offers what is set while the others are not known, and once", () => {
  const none = { value: "", label: "None" };
  const shop = { value: "s1", label: "Shop" };

  expect(choicesWith("s1", [])).toEqual([none, { value: "s1", label: "s1" }]);
  expect(choicesWith("s1", [shop])).toEqual([none, shop]);
  expect(choicesWith("", [shop])).toEqual([none, shop]);
});

test("asks for each field once", () => {
  const keys = POLICY_GROUPS.flatMap(({ fields }) => fields.map(({ key }) => key));

  expect(new Set(keys).size).toBe(keys.length);
  expect(POLICY_BASICS.filter(({ key }) => !keys.includes(key))).toEqual([]);
});

test("begins with the reader's own time zone", () => {
  expect(newPolicy().timeZone).toBe("Europe/Vienna");
});
