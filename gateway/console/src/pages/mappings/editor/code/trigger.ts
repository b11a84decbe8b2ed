import {
  type Completion,
  type CompletionContext,
  type CompletionResult,
  type CompletionSource,
  snippetCompletion,
} from "@codemirror/autocomplete";
import { LanguageSupport, StreamLanguage } from "@codemirror/language";

import { CALLS, FIELDS, FUNCTIONS, quoted, WORDS } from "../fql.ts";

const FQL = StreamLanguage.define({
  name: "fql",
  token(stream) {
    if (stream.eatSpace()) return null;
    if (stream.match(/"(?:\\.|[^"\\])*"?/) || stream.match(/'(?:\\.|[^'\\])*'?/)) return "string";
    if (stream.match(/-?\d+(\.\d+)?(?![\w.])/)) return "number";
    if (stream.match(/<=|>=|!=|[=<>!]/)) return "operator";
    if (stream.match(/[(),]/)) return null;
    const word = stream.match(/[^\s"'=<>!(),]+/) as RegExpMatchArray | null;
    if (word === null) {
      stream.next();
      return null;
    }
    const text = word[0].toLowerCase();
    if (text === "true" || text === "false") return "bool";
    if (text === "null") return "null";
    if ((WORDS as readonly string[]).includes(text)) return "keyword";
    if (text in FUNCTIONS && stream.match(/\s*\(/, false)) return "variableName.function";
    const head = word[0].split(/[.[]/)[0] ?? "";
    return (FIELDS as readonly string[]).includes(head) ? "propertyName" : null;
  },
  languageData: { closeBrackets: { brackets: ["(", "[", '"'] } },
});

export type Seen = { name: string; type: string; count: number };

/** What came of late, asked for where it is wanted. */
export type Sight = { names: () => Promise<readonly Seen[]>; paths: () => Promise<readonly Seen[]> };

/** FQL, completed with the names and paths that came of late. */
export function fql(sight: Sight): LanguageSupport {
  return new LanguageSupport(FQL, FQL.data.of({ autocomplete: completing(sight) }));
}

const VALUE = /\b(type|event|name)\s*!?=\s*("[^"]*|[\w-]*)$/;

const completing =
  ({ names, paths }: Sight): CompletionSource =>
  async (context) => {
    const before = context.state.sliceDoc(0, context.pos);
    const value = VALUE.exec(before);
    if (value) return valuesOf(context, value[1] ?? "", value[2] ?? "", await names());
    if (insideText(before)) return null;
    const word = context.matchBefore(/[\w$.[\]]*/);
    if (word === null || (word.from === word.to && !context.explicit)) return null;
    return { from: word.from, options: [...wordOptions(await paths())], validFor: /^[\w$.[\]]*$/ };
  };

const insideText = (before: string) => (before.match(/(?<!\\)"/g)?.length ?? 0) % 2 === 1;

function valuesOf(
  context: CompletionContext,
  field: string,
  typed: string,
  names: readonly Seen[],
): CompletionResult {
  const isName = (seen: Seen) =>
    field === "event" ? seen.type === "track" : ["page", "screen"].includes(seen.type);
  const options: Completion[] =
    field === "type"
      ? CALLS.map((call) => ({ label: quoted(call), type: "constant" }))
      : names.filter(isName).map(({ name, count }) => ({
          label: quoted(name),
          detail: `${count} of late`,
          boost: Math.min(count, 90),
        }));
  return {
    from: context.pos - typed.length,
    // A quote that was closed by itself goes along.
    to: context.state.sliceDoc(context.pos, context.pos + 1) === '"' ? context.pos + 1 : context.pos,
    options,
    filter: true,
    validFor: /^"?[^"]*$/,
  };
}

function wordOptions(paths: readonly Seen[]): Completion[] {
  const seen = paths
    .map((path) => ({ ...path, name: path.name.replace(/^\$\./, "") }))
    .filter(({ name }) => (FIELDS as readonly string[]).includes(name.split(/[.[]/)[0] ?? ""));
  const known = new Set(seen.map(({ name }) => name));
  return [
    ...seen.map(({ name, type }) => ({ label: name, detail: type, boost: 2 })),
    ...FIELDS.filter((field) => !known.has(field)).map((label) => ({ label, boost: 1 })),
    ...Object.entries(FUNCTIONS).map(([label, detail]) =>
      snippetCompletion(`${label}(\${})`, { label, detail }),
    ),
    ...WORDS.map((label) => ({ label, type: "keyword", boost: -1 })),
  ];
}
