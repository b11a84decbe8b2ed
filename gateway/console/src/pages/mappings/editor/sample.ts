import type { Fields } from "./draft.ts";
import { nameAsked, type Term, terms } from "./fql.ts";

type Json = { [key: string]: unknown };

const ASKED_OF_EVENT = /\{\{-?\s*(?:profile\.traits|traits|properties)\.([A-Za-z_]\w*)/g;
const PATH_TO_PROPERTY = /^\$?\.?(?:properties|traits)\.([A-Za-z_]\w*)/;

/** An event that a trigger is for, as far as its terms tell, with what the fields read of it: to begin from. */
export function sampleOf(trigger: string, fields: Fields): Json {
  const found = terms(trigger);
  const type = String(
    found.find(({ path, operator }) => path === "type" && operator === "=")?.value ?? "track",
  );
  const bag = type === "identify" || type === "group" ? "traits" : "properties";
  // A number of those that nobody has, so that there is somebody to show a text of.
  const event: Json = { type, userId: "sample-user", context: { traits: { phone: "+12025550123" } } };
  if (type === "track") event.event = nameAsked(trigger) ?? "Something Happened";
  event[bag] = Object.fromEntries(readBy(fields).map((name) => [name, name.replaceAll("_", " ")]));
  for (const term of found) put(event, stepsOf(term.path), fulfilling(term));
  return event;
}

function fulfilling({ operator, value }: Term): unknown {
  if (operator === ">") return Number(value) + 1;
  if (operator === "<") return Number(value) - 1;
  if (operator === ">=" || operator === "<=") return Number(value);
  return operator === "match" ? String(value).replaceAll("*", "") : value;
}

const stepsOf = (path: string): string[] =>
  path
    .replace(/\["((?:\\.|[^"\\])*)"\]/g, ".$1")
    .replace(/\[(\d+)\]/g, ".$1")
    .split(/(?<!\\)\./)
    .map((step) => step.replace(/\\(.)/g, "$1"));

function put(holder: Json, steps: string[], value: unknown) {
  const [first, ...rest] = steps;
  if (first === undefined) return;
  if (rest.length === 0) {
    holder[first] = value;
    return;
  }
  const there = holder[first];
  const inner = there !== null && typeof there === "object" ? there : /^\d+$/.test(rest[0] ?? "") ? [] : {};
  holder[first] = inner;
  put(inner as Json, rest, value);
}

/** The names in `properties` or `traits` that the fields read. */
function readBy(value: unknown): string[] {
  const names = new Set<string>();
  visit(value, (text) => {
    for (const [, name] of text.matchAll(ASKED_OF_EVENT)) if (name) names.add(name);
    const path = PATH_TO_PROPERTY.exec(text)?.[1];
    if (path) names.add(path);
  });
  return [...names];
}

function visit(value: unknown, see: (text: string) => void) {
  if (typeof value === "string") see(value);
  else if (value !== null && typeof value === "object")
    for (const part of Object.values(value)) visit(part, see);
}
