import { expect, test } from "vitest";

import { markedIn } from "./marked.ts";
import { eventSearch, filterOf, needsPeriod } from "./search.ts";

test.each([
  [{ outcome: "MATCHED" }, { outcome: ["MATCHED"] }],
  [{ outcome: ["UNMATCHED", "ACCEPTED", "x"] }, { outcome: ["UNMATCHED"] }],
  [
    { messageId: 17, name: " Order " },
    { messageId: "17", name: "Order" },
  ],
  [{ since: "1h", type: { a: 1 } }, { since: "1h" }],
])("reads the address %j as %j", (given, search) => {
  expect(eventSearch(given)).toEqual(search);
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
