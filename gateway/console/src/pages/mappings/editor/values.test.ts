import { describe, expect, test } from "vitest";

import { converted, type FieldShape, formOf, isTable, textOf, valueIn } from "./values.ts";

const TEXT: FieldShape = { key: "body", type: "text", multiple: false };
const FLAG: FieldShape = { key: "send", type: "boolean", multiple: false };
const LIST: FieldShape = { key: "media", type: "string", multiple: true };
const TABLE: FieldShape = { key: "variables", type: "object", multiple: false };

test.each([
  [undefined, TEXT, "literal"],
  ["Hi", TEXT, "literal"],
  [7, TEXT, "json"],
  [{ "@template": "Hi {{x}}" }, TEXT, "template"],
  [{ "@path": "$.x" }, TEXT, "path"],
  [{ "@path": "$.x", "@case": "upper" }, TEXT, "json"],
  [true, FLAG, "literal"],
  ["true", FLAG, "json"],
  [["a", "b"], LIST, "literal"],
  [["a", { "@path": "$.b" }], LIST, "json"],
  [{ "1": "Ada" }, TABLE, "literal"],
  [{ "1": { "@path": "$.name" } }, TABLE, "json"],
])("%j of the field %j is shown whole as %s", (value, field, form) => {
  expect(formOf(value, field)).toBe(form);
});

test("a table has texts alone, and no directive", () => {
  expect([
    isTable({ a: "b" }),
    isTable({ a: 1 }),
    isTable({ "@path": "$.x" }),
    isTable(["a"]),
    isTable(null),
  ]).toEqual([true, false, false, false, false]);
});

test("an empty text leaves the field out", () => {
  expect([valueIn("template", ""), valueIn("path", "$.x"), textOf({ "@path": "$.x" }), textOf(7)]).toEqual([
    undefined,
    { "@path": "$.x" },
    "$.x",
    "",
  ]);
});

describe("a value in another form", () => {
  test.each([
    [{ "@path": "$.properties.name" }, "template", { "@template": "{{properties.name}}" }],
    [{ "@template": "{{ properties.name }}" }, "path", { "@path": "$.properties.name" }],
    [{ "@template": "Hi {{properties.name}}" }, "path", { "@path": "Hi {{properties.name}}" }],
    [{ "@template": "Hi" }, "literal", "Hi"],
    ["Hi", "template", { "@template": "Hi" }],
    [undefined, "path", undefined],
  ] as const)("%j as %s is %j", (value, form, other) => {
    expect(converted(value, form, TEXT)).toEqual(other);
  });

  test("is nothing where that form can't say it", () => {
    expect(converted({ "@path": "$.x" }, "literal", FLAG)).toBeUndefined();
  });
});
