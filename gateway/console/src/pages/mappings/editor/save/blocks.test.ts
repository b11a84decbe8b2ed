import { expect, test } from "vitest";

import { blank } from "../draft.ts";
import { type EditorAction, edited, opened } from "../reducer.ts";
import { blocksOf } from "./blocks.ts";

const ACTION = { slug: "sendSms", fields: [{ key: "body", label: "Message" }] } as Parameters<
  typeof blocksOf
>[1];
const WHOLE = blank({ destinationId: "dst_1", action: "sendSms", name: "Paid" });

const afterThe = (...actions: EditorAction[]) => actions.reduce(edited, opened(null, WHOLE));

test("nothing is to be done before a whole mapping can be saved", () => {
  expect(blocksOf(afterThe(), ACTION)).toEqual([]);
});

test("a mapping needs an account, an action and a name", () => {
  expect(blocksOf(opened(null, blank({ name: " " })), null)).toEqual([
    "choose an account",
    "choose what it does",
    "give it a name",
  ]);
});

test("JSON that can't be read is to be mended, by the label of its field", () => {
  const ofOne = afterThe({ do: "setFieldJson", key: "body", text: "{" });
  const ofAll = afterThe({ do: "setAllJson", text: "{" });

  expect(blocksOf(ofOne, ACTION)).toEqual(["mend the JSON of “Message”"]);
  expect(blocksOf(ofAll, ACTION)).toEqual(["mend the JSON of the fields"]);
});
