import { expect, test } from "vitest";

import { changesOf, meetings, onTop } from "./changes.ts";
import { blank, inputOf, same } from "./draft.ts";

const BASE = blank({ name: "Paid", fields: { body: "Hi", send: true } });
const MINE = { ...BASE, name: "Order paid", fields: { body: "Hello", send: true } };
const THEIRS = { ...BASE, name: "Paid orders", maxAgeSeconds: 60, fields: { body: "Hi", media: ["a"] } };

test("says what is another, part by part, a field by its key", () => {
  expect(changesOf(BASE, MINE)).toEqual([
    { part: "name", before: "Paid", after: "Order paid" },
    { part: "fields.body", before: "Hi", after: "Hello" },
  ]);
});

test("finds no change where keys stand in another order", () => {
  expect(changesOf(BASE, { ...BASE, fields: { send: true, body: "Hi" } })).toEqual([]);
  expect(same({ a: [1, { b: 2, c: 3 }] }, { a: [1, { c: 3, b: 2 }] })).toBe(true);
  expect(same([1, 2], [2, 1])).toBe(false);
});

test("says where two changed the same, and differ", () => {
  expect(meetings(BASE, THEIRS, MINE).map(({ part, both }) => [part, both])).toEqual([
    ["name", true],
    ["maxAgeSeconds", false],
    ["fields.send", false],
    ["fields.media", false],
    ["fields.body", false],
  ]);
});

test("puts mine on top of theirs and keeps what only they changed", () => {
  expect(onTop(BASE, THEIRS, MINE)).toEqual({
    ...BASE,
    name: "Order paid",
    maxAgeSeconds: 60,
    fields: { body: "Hello", media: ["a"] },
  });
});

test("leaves a field out that I took away, whatever they made of it", () => {
  const without = { ...BASE, fields: { send: true } };
  const changed = { ...BASE, fields: { body: "Hey", send: true } };

  expect(onTop(BASE, changed, without).fields).toEqual({ send: true });
});

test("tells the API nothing of what can't change, and null where nothing cancels", () => {
  const input = inputOf({ ...BASE, name: " Paid ", cancelTrigger: " " });

  expect(input).toMatchObject({ name: "Paid", cancelTrigger: null });
  expect(input).not.toHaveProperty("destinationId");
  expect(input).not.toHaveProperty("action");
});
