import { expect, test } from "vitest";

import { isSame } from "./settings.ts";

test.each([
  [null, [], true],
  [undefined, {}, true],
  [{}, null, true],
  [["US"], [], false],
  [{ SHORT_CODE: 1 }, {}, false],
  [0, null, false],
  ["", null, false],
  [false, null, false],
  [["US"], ["US"], true],
])("%j and %j: the same is %s", (one, other, same) => {
  expect(isSame(one, other)).toBe(same);
});
