import { expect, test } from "vitest";

import { type Feed, merged } from "./merge.ts";

const feed = (times: string, hasMore = false): Feed<string> => ({ items: [...times], hasMore });
const at = (time: string) => time;

test("makes one list of several, the newest first", () => {
  expect(merged([feed("962"), feed("84"), feed("")], at)).toEqual({
    items: ["9", "8", "6", "4", "2"],
    awaits: null,
  });
});

test("ends where a list may have more that comes next, and says which", () => {
  expect(merged([feed("9", true), feed("84")], at)).toEqual({ items: ["9"], awaits: 0 });
});

test("shows nothing before a list of which nothing is known yet", () => {
  expect(merged([feed("9"), feed("", true)], at)).toEqual({ items: [], awaits: 1 });
});

test("keeps the order of the lists where two are of the same moment", () => {
  const items = [
    { time: "5", of: "events" },
    { time: "5", of: "texts" },
  ];
  const feeds = items.map((item) => ({ items: [item], hasMore: false }));

  expect(merged(feeds, ({ time }) => time).items).toEqual(items);
});
