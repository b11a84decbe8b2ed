import { expect, test } from "vitest";

import { remedyInWords } from "./remedies.ts";

test.each([
  ["Wait.", "Wait."],
  [
    "Give a new key: run mutation { destinationUpdate(input: { id: 1 }) { errors { code } } }.",
    "Give a new key.",
  ],
  ['Say it, then run mutation { x(name: "a } b \\" }") { id } } and look.', "Say it and look."],
  ["Run it: mutation { never { closed", "Run it."],
  ["mutation { all { id } }", ""],
])("says %s without what is there to be pasted", (remedy, words) => {
  expect(remedyInWords(remedy)).toBe(words);
});
