import { expect, test } from "vitest";

import type { Severity } from "../../api/schema.ts";
import { allOf, verdictOf } from "./alerts.ts";

const alerts = (errors: number, warnings: number) => [
  ...Array.from({ length: errors }, () => ({ severity: "ERROR" as Severity })),
  ...Array.from({ length: warnings }, () => ({ severity: "WARNING" as Severity })),
];

test("says no more of the alerts than was read of them", () => {
  expect([
    verdictOf([], 0),
    verdictOf(alerts(0, 1), 1),
    verdictOf(alerts(1, 0), 1),
    verdictOf(alerts(2, 48), 120),
    verdictOf(alerts(50, 0), 120),
  ]).toEqual([
    { tone: "green", words: "Nothing is wrong" },
    { tone: "amber", words: "1 thing to look at" },
    { tone: "red", words: "1 thing is wrong" },
    { tone: "red", words: "2 things are wrong, 118 more to look at" },
    { tone: "red", words: "At least 50 things are wrong, 120 to look at in all" },
  ]);
});

test("offers to show what was read, and says of how many that is", () => {
  expect([allOf(9, 9), allOf(50, 120)]).toEqual(["Show all 9", "Show the first 50 of 120"]);
});
