import { expect, test } from "vitest";

import { sampleOf } from "./sample.ts";

const SOMEBODY = { userId: "sample-user", context: { traits: { phone: "+12025550123" } } };

test("makes an event that the trigger is for", () => {
  expect(sampleOf('type = "track" and event = "Order Paid" and properties.total > 100', {})).toEqual({
    ...SOMEBODY,
    type: "track",
    event: "Order Paid",
    properties: { total: 101 },
  });
});

test("has what the fields read of it", () => {
  const fields = { body: { "@template": "Hi {{traits.first_name}}" }, to: { "@path": "$.traits.mobile" } };

  expect(sampleOf('type = "identify"', fields)).toEqual({
    ...SOMEBODY,
    type: "identify",
    traits: { first_name: "first name", mobile: "mobile" },
  });
});

test("reaches into lists and names with dots", () => {
  const { properties } = sampleOf('properties.items[0].sku = "A1" and properties.a\\.b = true', {});

  expect(properties).toEqual({ items: [{ sku: "A1" }], "a.b": true });
});

test("begins with a name where the trigger has none", () => {
  expect(sampleOf("", {})).toEqual({
    ...SOMEBODY,
    type: "track",
    event: "Something Happened",
    properties: {},
  });
});
