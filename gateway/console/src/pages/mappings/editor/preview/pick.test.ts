import { expect, test } from "vitest";

import { filterOf, sought } from "./pick.ts";

const SPAN = { from: "2026-01-01T00:00:00.000Z", to: "2026-02-01T00:00:00.000Z" };

function filterFor(trigger: string) {
  const looked = sought({ kind: "usual" }, trigger);
  return looked === null || "id" in looked ? null : filterOf(looked, SPAN);
}

test("the last event of a name is looked for whenever it came", () => {
  expect(filterFor('type = "track" and event = "Order Paid"')).toEqual({ name: "Order Paid" });
});

test("of a trigger without a name it is looked for in a span: among many events a type alone is refused", () => {
  expect(filterFor('type = "identify"')).toEqual({ type: "identify", receivedAt: SPAN });
});
