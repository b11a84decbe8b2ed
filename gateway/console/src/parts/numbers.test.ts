import { expect, test } from "vitest";

import { readNumber } from "./numbers.ts";

test.each([
  ["1000", 1000],
  ["1,000", 1000],
  ["1 000", 1000],
  ["12,345,678.5", 12_345_678.5],
  ["1.5", 1.5],
  ["0.125", 0.125],
  ["0", 0],
  ["-3", -3],
  [" 7 ", 7],
])("reads %j as %d", (typed, read) => {
  expect(readNumber(typed)).toBe(read);
});

test("reads nothing as no number", () => {
  expect(readNumber("  ")).toBeNull();
});

test.each(["1,5", "1,", "1.", "1,00", "1.000", "1,000 000", "12 texts", "-", "1e3", "Infinity"])(
  "can't tell what %j is",
  (typed) => {
    expect(readNumber(typed)).toBeUndefined();
  },
);
