import { expect, test } from "vitest";

import { ADDRESS, hasOperation, remedyInWords, saidInWords } from "./remedies.ts";

test.each([
  ["Wait.", "Wait."],
  [
    "Give a new key: run mutation { destinationUpdate(input: { id: 1 }) { errors { code } } }.",
    "Give a new key.",
  ],
  ['Say it, then run mutation { x(name: "a } b \\" }") { id } } and look.', "Say it and look."],
  ["Run it: mutation { never { closed", "Run it."],
  ["mutation { all { id } }", ""],
  [
    'Say more: run mutation ($paces: JSON) { x(paces: $paces) { id } } with the variables {"paces": {"a": 2}} It waits until noon.',
    "Say more. It waits until noon.",
  ],
  [
    'Once she agreed, record it: post from a SERVER source to /v1/identify: {"traits": {"opt": true}} or to /v1/identify: {"a": 1} or run mutation { x { id } }. Events that come then are sent.',
    "Once she agreed, record it. Events that come then are sent.",
  ],
  [
    "Read it: { replies { id } }, then run mutation { x { id } } (answer: STOP where it is one). It waits.",
    "Read it. It waits.",
  ],
  ["Replay it: run mutation { x { id } }, once that is over.", "Replay it, once that is over."],
  ["Nothing is sent. Ask for { mapping(id: 1) { problems { message } } }.", "Nothing is sent."],
  [
    'It has none. Make one (mappingCreate, destinationId: "dst_1"); then send it again.',
    "It has none. Make one; then send it again.",
  ],
])("says %s without what is there to be pasted", (remedy, words) => {
  expect(remedyInWords(remedy)).toBe(words);
});

test("leaves a sentence that has no operation as it is", () => {
  expect(saidInWords('the event has properties: {"a": 1}')).toBe('the event has properties: {"a": 1}');
  expect(saidInWords("it is disabled: run mutation { x { id } }")).toBe("It is disabled.");
});

test.each([
  ["Enable it: run mutation { x { id } }.", true],
  ['properties.total is {"mutation": 1}', false],
  ["Write it as 2026-11-21T12:00:00Z.", false],
])("knows whether %s has an operation: %s", (said, has) => {
  expect(hasOperation(said)).toBe(has);
});

test.each([
  [
    "Ask for one (https://console.example.com/senders).",
    ["Ask for one (", "https://console.example.com/senders", ")."],
  ],
  [
    "Run curl -i -X POST https://texts.example.com/status.",
    ["Run curl -i -X POST https://texts.example.com/status."],
  ],
])("finds in %s what is to be opened", (words, parts) => {
  expect(words.split(ADDRESS)).toEqual(parts);
});
