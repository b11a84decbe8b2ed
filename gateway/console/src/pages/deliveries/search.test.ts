import { describe, expect, test } from "vitest";

import { deliverySearch, filterOf, isNarrowed, needsPeriod, searchOf } from "./search.ts";

describe("the address", () => {
  test.each([
    [{ status: "HELD" }, { status: ["HELD"] }],
    [{ status: ["HELD", "HELD", "LOST"] }, { status: ["HELD"] }],
    [{ status: "LOST" }, {}],
    [{ recipient: 12025550123 }, { recipient: "12025550123" }],
    [{ userId: " ada " }, { userId: "ada" }],
    [{ mappingId: "", unknown: "x" }, {}],
    [
      { messageId: "m1", since: "1h" },
      { messageId: "m1", since: "1h" },
    ],
  ])("%j is read as %j", (given, search) => {
    expect(deliverySearch(given)).toEqual(search);
  });

  test("is of the last 30 days where only a period makes it quick", () => {
    expect(deliverySearch({ reason: "PACED" })).toEqual({ reason: ["PACED"], since: "30d" });
    expect(deliverySearch({ reason: "PACED", to: "2025-11-01" })).not.toHaveProperty("since");
  });
});

test("the filter has neither the period nor what is open", () => {
  expect(filterOf({ status: ["HELD"], since: "7d", open: "d1" })).toEqual({ status: ["HELD"] });
});

test("a list is not narrowed by what is open beside it", () => {
  expect([isNarrowed({ open: "d1" }), isNarrowed({ open: "d1", since: "7d" })]).toEqual([false, true]);
});

test("what an index serves needs no period", () => {
  expect([
    needsPeriod({}),
    needsPeriod({ country: "US" }),
    needsPeriod({ country: "US", userId: "ada" }),
  ]).toEqual([false, true, false]);
});

describe("the statuses that are chosen", () => {
  test.each([
    [["HELD", "SENDING"], ["HELD"], { status: ["HELD", "SENDING"] }],
    [["HELD", "provider:READ"], ["HELD"], { messageStatus: ["READ"] }],
    [["provider:READ", "HELD"], ["provider:READ"], { status: ["HELD"] }],
    [["provider:READ"], ["provider:READ", "provider:SENT"], { messageStatus: ["READ"] }],
    [[], ["HELD"], {}],
  ])("%j, after %j, are %j", (chosen, before, search) => {
    expect(searchOf(chosen, before)).toEqual(search);
  });
});
