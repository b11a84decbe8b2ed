// The words of FQL: enough of it to colour a trigger, to complete it, and to make an event of its terms. Whether a
// trigger is good, the gateway says.

export const FIELDS = ["type", "event", "name", "userId", "properties", "traits", "context"] as const;
export const CALLS = ["track", "identify", "page", "screen", "group", "alias"] as const;
export const WORDS = ["and", "or", "not", "true", "false", "null"] as const;

export const FUNCTIONS: Readonly<Record<string, string>> = {
  contains: 'contains(field, "text"): the text is in it',
  match: 'match(field, "a*"): a pattern, * stands for anything',
  length: "length(field): of a text or a list",
  lowercase: "lowercase(field): in small letters",
  typeof: 'typeof(field): "string", "number", "list", …',
};

export type Token = { kind: "text" | "number" | "word" | "operator"; text: string };

const TOKEN =
  /(?<text>"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')|(?<operator><=|>=|!=|[=<>!(),])|(?<number>-?\d+(?:\.\d+)?(?![\w.]))|(?<word>[\w$@-](?:\\.|\["(?:\\.|[^"\\])*"\]|[\w$@.[\]-])*)/gu;

/** The tokens of a trigger; what is none is passed over. */
export function tokens(trigger: string): Token[] {
  return [...trigger.matchAll(TOKEN)].map(({ groups = {} }) => {
    if (groups.text) return { kind: "text", text: groups.text.slice(1, -1).replace(/\\(.)/g, "$1") };
    if (groups.operator) return { kind: "operator", text: groups.operator };
    if (groups.number) return { kind: "number", text: groups.number };
    return { kind: "word", text: groups.word ?? "" };
  });
}

/** One comparison of a trigger, as far as it can be read without asking the gateway. */
export type Term = { path: string; operator: string; value: string | number | boolean | null };

/** The comparisons of a trigger that are not negated, those of functions as what they ask for. */
export function terms(trigger: string): Term[] {
  const all = tokens(trigger);
  const found: Term[] = [];
  all.forEach((token, at) => {
    if (token.kind !== "word") return;
    const [next, after, behind] = [all[at + 1], all[at + 2], all[at + 3]];
    const before = all[at - 1];
    const isNegated = before?.text === "not" || (before?.kind === "operator" && before.text === "!");
    if (isNegated || !next || !after) return;
    if (token.text in FUNCTIONS && next.text === "(") {
      if (after.kind !== "word" || behind?.text !== "," || !all[at + 4]) return;
      found.push({ path: after.text, operator: token.text, value: all[at + 4]?.text ?? "" });
    } else if (next.kind === "operator" && /^[<>=]/.test(next.text)) {
      found.push({ path: token.text, operator: next.text, value: constantOf(after) });
    }
  });
  return found;
}

function constantOf({ kind, text }: Token): Term["value"] {
  if (kind === "number") return Number(text);
  if (kind === "word" && text === "true") return true;
  if (kind === "word" && text === "false") return false;
  return kind === "word" && text === "null" ? null : text;
}

/** The name under which the events of a trigger are listed: what it asks `event` or `name` for, else its call. */
export function nameAsked(trigger: string): string | null {
  const asked = terms(trigger).filter(({ operator, value }) => operator === "=" && typeof value === "string");
  const of = (path: string) => asked.find((term) => term.path === path)?.value;
  return (of("event") ?? of("name") ?? of("type") ?? null) as string | null;
}

/** A trigger for events such as this one. */
export function triggerFor({ type, name }: { type: string; name?: string | null }): string {
  if (!name) return `type = "${type}"`;
  const key = type === "track" ? "event" : "name";
  return `type = "${type}" and ${key} = ${quoted(name)}`;
}

export const quoted = (text: string): string => `"${text.replace(/["\\]/g, "\\$&")}"`;
