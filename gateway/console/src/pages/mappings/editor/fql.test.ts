import { describe, expect, test } from "vitest";

import { nameAsked, quoted, terms, tokens, triggerFor } from "./fql.ts";

const kinds = (trigger: string) => tokens(trigger).map(({ kind, text }) => `${kind} ${text}`);

describe("the tokens of a trigger", () => {
  test("are texts, operators, numbers and words", () => {
    expect(kinds(`type = "track" and properties.total >= -10.5`)).toEqual([
      "word type",
      "operator =",
      "text track",
      "word and",
      "word properties.total",
      "operator >=",
      "number -10.5",
    ]);
  });

  test("have a text without its quotes and what escapes them", () => {
    expect(kinds(`event = 'it\\'s "so"'`)).toContain(`text it's "so"`);
  });

  test("have a path whole, with what it looks up in brackets", () => {
    expect(kinds('traits["first name"].x = 2nd')).toEqual([
      'word traits["first name"].x',
      "operator =",
      "word 2nd",
    ]);
  });

  test("are none of a text that is still typed", () => {
    expect(kinds('event = "Order')).toEqual(["word event", "operator =", "word Order"]);
  });
});

describe("the terms of a trigger", () => {
  test("have their constants as JSON has them", () => {
    expect(terms("a = 1 and b = true and c = null and d < 'x'")).toEqual([
      { path: "a", operator: "=", value: 1 },
      { path: "b", operator: "=", value: true },
      { path: "c", operator: "=", value: null },
      { path: "d", operator: "<", value: "x" },
    ]);
  });

  test("have what a function asks for, and nothing that is negated", () => {
    expect(terms('contains(event, "Order") and not match(name, "a*") and !userId = "x" and a != 1')).toEqual([
      { path: "event", operator: "contains", value: "Order" },
    ]);
  });
});

test.each([
  ['type = "track" and event = "Order Paid"', "Order Paid"],
  ['type = "page" and name = "Cart"', "Cart"],
  ['type = "identify"', "identify"],
  ['event != "Order Paid"', null],
  ["", null],
])("the events of %s are listed under %s", (trigger, name) => {
  expect(nameAsked(trigger)).toBe(name);
});

test.each([
  [{ type: "track", name: 'The "Big" One' }, 'type = "track" and event = "The \\"Big\\" One"'],
  [{ type: "screen", name: "Cart" }, 'type = "screen" and name = "Cart"'],
  [{ type: "identify", name: null }, 'type = "identify"'],
])("of an event such as %j the trigger is %s", (event, trigger) => {
  expect(triggerFor(event)).toBe(trigger);
});

test("a quoted text is read as it was", () => {
  const text = 'a "quote" and a \\ backslash';

  expect(tokens(quoted(text))).toEqual([{ kind: "text", text }]);
});
