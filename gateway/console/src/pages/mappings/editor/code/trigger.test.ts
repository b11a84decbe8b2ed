import { CompletionContext, type CompletionSource } from "@codemirror/autocomplete";
import { EditorState } from "@codemirror/state";
import { highlightTree, tagHighlighter, tags } from "@lezer/highlight";
import { expect, test } from "vitest";

import { fql } from "./trigger.ts";

const SIGHT = {
  names: async () => [
    { name: "Order Paid", type: "track", count: 12 },
    { name: "Cart", type: "page", count: 3 },
  ],
  paths: async () => [
    { name: "$.properties.total", type: "number", count: 12 },
    { name: "$.integrations.All", type: "boolean", count: 12 },
  ],
};

const COLOURS = tagHighlighter([
  { tag: tags.string, class: "text" },
  { tag: tags.number, class: "number" },
  { tag: tags.keyword, class: "keyword" },
  { tag: tags.operator, class: "operator" },
  { tag: tags.propertyName, class: "field" },
  { tag: tags.bool, class: "bool" },
  { tag: tags.function(tags.variableName), class: "function" },
]);

function coloured(trigger: string): string[] {
  const found: string[] = [];
  highlightTree(fql(SIGHT).language.parser.parse(trigger), COLOURS, (from, to, name) => {
    found.push(`${name} ${trigger.slice(from, to)}`);
  });
  return found;
}

test("colours what a word is in a trigger", () => {
  expect(coloured(`type = "track" and not contains(properties.name, "x") or total > -2 and true`)).toEqual([
    "field type",
    "operator =",
    'text "track"',
    "keyword and",
    "keyword not",
    "function contains",
    "field properties.name",
    'text "x"',
    "keyword or",
    "operator >",
    "number -2",
    "keyword and",
    "bool true",
  ]);
});

test("takes a text that is still typed for one, to its end", () => {
  expect(coloured('event = "Order and')).toEqual(["field event", "operator =", 'text "Order and']);
});

async function offered(typed: string): Promise<string[] | null> {
  const state = EditorState.create({ doc: typed, extensions: fql(SIGHT) });
  const [source] = state.languageDataAt<CompletionSource>("autocomplete", typed.length);
  const result = await source?.(new CompletionContext(state, typed.length, true));
  return result?.options.map(({ label }) => label) ?? null;
}

test("offers the names that came for what the word before them means", async () => {
  expect(await offered('event = "')).toEqual(['"Order Paid"']);
  expect(await offered("name = ")).toEqual(['"Cart"']);
  expect(await offered("type = ")).toContain('"identify"');
});

test("offers the paths that came, and none that a trigger can't read", async () => {
  const words = await offered("prop");

  expect(words).toContain("properties.total");
  expect(words).not.toContain("integrations.All");
});

test("offers nothing within a text", async () => {
  expect(await offered('userId = "pro')).toBeNull();
});
