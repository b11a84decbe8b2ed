import { describe, expect, test } from "vitest";

import { nothingInWords, perSlot, total } from "./counts.ts";
import { daysOf, slotName } from "./days.ts";

const NOW = new Date("2025-11-03T14:05:40Z");

const point = (at: string, accepted: number) => ({
  at,
  events: 2,
  accepted,
  delivered: 1,
  failed: 0,
  suppressed: 3,
  rejected: 1,
  canceled: 0,
  expired: 0,
  waiting: 0,
});

describe("the days", () => {
  test("begin at midnight in the reader's zone", () => {
    const { range, slots, step, bucket } = daysOf("today", NOW);

    expect(range).toEqual({ from: "2025-11-02T23:00:00.000Z", to: "2025-11-03T23:00:00.000Z" });
    expect([slots.length, step, bucket]).toEqual([24, "hour", "HOUR"]);
  });

  test("have an hour more when the summer time ends", () => {
    expect(daysOf("yesterday", new Date("2025-10-27T12:00:00Z")).slots).toHaveLength(25);
  });

  test("have today among the last seven, each as long as it was", () => {
    const { slots, range } = daysOf("7d", new Date("2025-10-28T12:00:00Z"));

    expect(slots.map(({ from }) => from.slice(5, 13))).toEqual([
      "10-21T22",
      "10-22T22",
      "10-23T22",
      "10-24T22",
      "10-25T22",
      "10-26T23",
      "10-27T23",
    ]);
    expect(slots.at(-1)?.to).toBe(range.to);
  });

  test("are called by their hour or their day", () => {
    const slot = { from: "2025-11-02T23:00:00.000Z", to: "2025-11-03T23:00:00.000Z" };

    expect([slotName(slot, "hour"), slotName(slot, "day")]).toEqual(["00:00", "Mon 3 Nov"]);
  });
});

describe("the counts", () => {
  test("of a bar are those of all points that begin in it", () => {
    const { slots } = daysOf("7d", NOW);
    const points = [
      point("2025-11-02T22:00:00Z", 5),
      point("2025-11-02T23:00:00Z", 7),
      point("2025-11-03T13:00:00Z", 2),
    ];

    expect(perSlot(points, slots).map(({ sent }) => sent)).toEqual([0, 0, 0, 0, 0, 5, 9]);
  });

  test("count as failed all that should have arrived and did not, and as on the way what is open", () => {
    const { slots } = daysOf("7d", NOW);
    const { sent, delivered, underWay, failed, suppressed, events } = total(
      perSlot([point("2025-11-03T13:00:00Z", 4)], slots),
    );

    expect({ sent, delivered, underWay, failed, suppressed, events }).toEqual({
      sent: 4,
      delivered: 1,
      underWay: 3,
      failed: 1,
      suppressed: 3,
      events: 2,
    });
  });

  test("of nothing are nothing", () => {
    expect(total([]).sent).toBe(0);
  });

  test("say of what waits and of what was canceled that it did not go out", () => {
    const nothing = total([]);

    expect([
      nothingInWords(nothing, true),
      nothingInWords({ ...nothing, waiting: 5 }, true),
      nothingInWords({ ...nothing, waiting: 1, canceled: 2 }, false),
      nothingInWords({ ...nothing, waiting: 5, suppressed: 1 }, true),
    ]).toEqual([
      "No text was to go out yet.",
      "Nothing went out yet: 5 wait.",
      "Nothing went out then: 1 waits, 2 were canceled.",
      null,
    ]);
  });
});
