import { expect, test } from "vitest";

import { placeInText } from "./placeInText.ts";

test.each([
  [1, 1, "🎂 = 1\n📦 = x"],
  [1, 3, "= 1\n📦 = x"],
  [2, 3, "= x"],
  [2, 99, ""],
  [9, 1, ""],
])("line %i and column %i are before %j", (line, column, rest) => {
  const text = "🎂 = 1\n📦 = x";

  expect(text.slice(placeInText(text, line, column))).toBe(rest);
});
