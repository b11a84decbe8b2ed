import { expect, test } from "vitest";

import { type Exported, header, rowOf } from "./csv.ts";

const delivery = (part: Partial<Exported>) =>
  ({ id: "d1", status: "ACCEPTED", destination: { id: "a1", name: "Shop" }, ...part }) as Exported;

const cellOf = (column: string, part: Partial<Exported>) =>
  rowOf(delivery(part)).trimEnd().split(",")[header().trimEnd().split(",").indexOf(column)];

test("has a cell for each column, empty where nothing is known", () => {
  const row = rowOf(delivery({}));

  expect(row.split(",")).toHaveLength(header().split(",").length);
  expect(row).toBe("d1,,,ACCEPTED,,,,Shop,a1,,,,,,,,,,,,,,,\n");
});

test("quotes what has a comma, a quote or a line end in it", () => {
  expect(rowOf(delivery({ errorMessage: 'a "b", c' }))).toContain(',"a ""b"", c",');
});

test.each([
  ["=1+1", "'=1+1"],
  ["@SUM(A1)", "'@SUM(A1)"],
  ["-cmd", "'-cmd"],
  ["+12025550123", "+12025550123"],
  ["-0.0079", "-0.0079"],
])("writes %s so that a spreadsheet calculates nothing: %s", (value, cell) => {
  expect(cellOf("recipient", { recipient: value })).toBe(cell);
});
