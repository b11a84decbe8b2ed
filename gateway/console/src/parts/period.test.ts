import { expect, test } from "vitest";

import { askedAt, periodInWords, rangeOf, readPeriod } from "./period.ts";

const NOW = new Date("2025-11-03T14:05:40Z");

test.each([
  [{ since: "24h" }, { since: "24h" }],
  [{ since: "yesterday" }, {}],
  [{ since: "toString" }, {}],
  [{ since: "7d", from: "2025-11-01" }, { since: "7d" }],
  [{ from: "2025-11-01T10:00:00+01:00" }, { from: "2025-11-01T09:00:00.000Z" }],
  [{ from: "once", to: 7 }, {}],
  [{ from: "2025-11-02", to: "2025-11-01" }, {}],
])("reads %j of an address as %j", (search, period) => {
  expect(readPeriod(search)).toEqual(period);
});

test("is a span of whole minutes that ends behind now", () => {
  expect(rangeOf({ since: "1h" }, NOW)).toEqual({
    from: "2025-11-03T13:05:00.000Z",
    to: "2025-11-03T14:06:00.000Z",
  });
});

test("goes on ahead where it is open, and ends where it says so", () => {
  const from = "2025-11-01T00:00:00.000Z";
  const to = "2025-11-02T00:00:00.000Z";

  expect(rangeOf({ from }, NOW, 60_000)).toEqual({ from, to: "2025-11-03T14:07:00.000Z" });
  expect(rangeOf({ from, to }, NOW, 60_000)).toEqual({ from, to });
  expect(rangeOf({ to }, NOW)).toEqual({ from: "1970-01-01T00:00:00.000Z", to });
});

test.each([
  [{ since: "1h" as const }, "2025-11-03T14:01:00Z", false],
  [{ since: "1h" as const }, "2025-11-03T14:00:40Z", true],
  [{ since: "24h" as const }, "2025-11-03T12:06:00Z", false],
  [{ since: "24h" as const }, "2025-11-03T12:05:40Z", true],
  [{ from: "2025-11-01T00:00:00.000Z" }, "2025-11-01T00:00:00Z", false],
])("of %j that was asked for at %s it is time to ask anew: %s", (period, at, isTime) => {
  const asked = new Date(at);

  expect(askedAt(period, asked, NOW)).toBe(isTime ? NOW : asked);
});

test("is no span where it is any time", () => {
  expect(rangeOf({}, NOW)).toBeNull();
});

test.each([
  [{ since: "7d" as const }, "Last 7 days"],
  [{ from: "2019-07-01T10:00:00Z" }, "Since 1 Jul 2019 12:00"],
  [{ to: "2019-12-01T10:00:00Z" }, "Until 1 Dec 2019 11:00"],
  [{ from: "2019-07-01T10:00:00Z", to: "2019-07-02T10:00:00Z" }, "1 Jul 2019 12:00 to 2 Jul 2019 12:00"],
  [{}, null],
])("says %j in the words of the reader's zone: %j", (period, words) => {
  expect(periodInWords(period)).toBe(words);
});
