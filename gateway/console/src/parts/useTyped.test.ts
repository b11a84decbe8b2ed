import { createElement } from "react";
import { renderToStaticMarkup } from "react-dom/server";
import { expect, test } from "vitest";

import { readNumber } from "./numbers.ts";
import { useTyped } from "./useTyped.ts";

function Problem() {
  return useTyped<number | null, HTMLInputElement>({
    value: 1.125,
    onChange: () => {},
    written: String,
    read: readNumber,
    problem: "Which one?",
  }).error;
}

test("takes a stored number as it is, though typed nobody could tell which one it is", () => {
  expect(readNumber("1.125")).toBeUndefined();
  expect(renderToStaticMarkup(createElement(Problem))).toBe("");
});
