import { expect, test } from "vitest";

import { duration, localInput, localTime, relativeTime, utcTime } from "./times.ts";

const NOW = new Date("2025-11-03T14:05:40Z");

test.each([
  ["2025-11-03T13:03:12Z", "14:03:12"],
  ["2025-11-02T23:30:00Z", "00:30:00"],
  ["2025-11-02T22:30:00Z", "2 Nov, 23:30:00"],
  ["2024-07-02T10:00:00Z", "2 Jul 2024, 12:00:00"],
])("shows %s in the reader's zone as %s", (iso, shown) => {
  expect(localTime(iso, NOW)).toBe(shown);
});

test("shows a moment in UTC, whole", () => {
  expect(utcTime("2025-11-03T14:03:12+01:00")).toBe("2025-11-03 13:03:12 UTC");
});

test.each([
  ["2025-11-03T14:05:40Z", "now"],
  ["2025-11-03T14:05:10Z", "30 sec. ago"],
  ["2025-11-03T14:00:41Z", "4 min. ago"],
  ["2025-11-03T17:05:40Z", "in 3 hr."],
  ["2025-11-02T14:05:40Z", "yesterday"],
  ["2025-11-01T23:30:00Z", "yesterday"],
  ["2025-11-01T15:00:00Z", "2 days ago"],
  ["2025-10-25T21:59:00Z", "9 days ago"],
  ["2025-11-04T22:59:00Z", "tomorrow"],
  ["2025-11-04T23:01:00Z", "in 2 days"],
  ["2025-10-31T14:05:40Z", "3 days ago"],
])("says that %s is %s", (iso, said) => {
  expect(relativeTime(iso, NOW)).toBe(said);
});

test.each([
  [0.4, "0 s"],
  [59, "59 s"],
  [60, "1 min"],
  [12_000, "3 h 20 min"],
  [7_200, "2 h"],
  [86_400, "1 d"],
  [97_200, "1 d 3 h"],
])("says %d seconds as %s", (seconds, said) => {
  expect(duration(seconds)).toBe(said);
});

test.each([
  ["2025-11-03T14:05:40Z", "2025-11-03T15:05", "2025-11-03T15:05:40"],
  ["2025-07-01T22:30:00Z", "2025-07-02T00:30", "2025-07-02T00:30:00"],
  ["once", "", ""],
  [undefined, "", ""],
])("writes %s as a field of the reader's zone takes it", (iso, minute, second) => {
  expect(localInput(iso, "minute")).toBe(minute);
  expect(localInput(iso, "second")).toBe(second);
});
