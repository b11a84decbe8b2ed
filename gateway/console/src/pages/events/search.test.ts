import { expect, test } from "vitest";

import { markedIn } from "./marked.ts";
import { eventSearch, filterOf, needsPeriod } from "./search.ts";

test.each([
  [{ outcome: "INVALID" }, { outcome: ["INVALID"] }],
  [
    { outcome: ["UNMATCHED", "ACCEPTED", "x"], since: "7d" },
    { outcome: ["UNMATCHED"], since: "7d" },
  ],
  [
    { messageId: 17, name: " Order " },
    { messageId: "17", name: "Order" },
  ],
  [{ since: "1h", type: { a: 1 } }, { since: "1h" }],
])("reads the address %j as %j", (given, search) => {
  expect(eventSearch(given)).toEqual(search);
});

test("is of the last 30 days where only a period makes it quick", () => {
  expect(eventSearch({ type: "track" })).toEqual({ type: "track", since: "30d" });
  expect(eventSearch({ type: "track", to: "2025-11-01" })).not.toHaveProperty("since");
});

test("filters by all but the period and what is open", () => {
  expect(filterOf({ type: "track", since: "7d", open: "e1" })).toEqual({ type: "track" });
});

test("wants a period for what no index serves", () => {
  expect([
    needsPeriod({ type: "track" }),
    needsPeriod({ outcome: ["INVALID"] }),
    needsPeriod({ outcome: ["MATCHED"] }),
    needsPeriod({ type: "track", userId: "ada" }),
  ]).toEqual([true, false, true, false]);
});

test("marks a term of a trigger by its line and column, counted in characters", () => {
  expect(markedIn('type = "track"\nand event = "🎈" and x = 1', "x = 1", 2, 21)).toEqual({
    before: 'type = "track"\nand event = "🎈" and ',
    term: "x = 1",
    after: "",
  });
});

test("marks the rest of the line where the term is not there", () => {
  expect(markedIn("a = 1\nb = 2", "c", 1, 3)).toEqual({ before: "a ", term: "= 1", after: "\nb = 2" });
});
