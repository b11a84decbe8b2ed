import { expect, test } from "vitest";

import { marksOf } from "./marks.ts";

function marked(text: string, line: number | null, column: number | null): string[] {
  const found = marksOf({ severity: "ERROR", message: "Wrong.", line, column }, text);
  return found.map(({ from, to }) => text.slice(from, to));
}

test("marks the word at a place, behind an emoji too", () => {
  expect(marked('event == "Sold 🎉"', 1, 7)).toEqual(["=="]);
  expect(marked('event = "🎉🎉" an type = "track"', 1, 14)).toEqual(["an"]);
  expect(marked('event = "🎉"\nand 📦', 2, 5)).toEqual(["📦"]);
});

test("marks nothing where no place is known", () => {
  expect(marked("event", null, null)).toEqual([]);
});
