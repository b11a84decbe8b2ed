// What stands before what is there to be pasted, and belongs to it: "run mutation", "ask for", "post from a SERVER source to /v1/identify:".
const BEGINS =
  /(?:,|:)?\s*(?:\b(?:and|or|then)\s+)*(?:(?:run\s+)?mutation\s*(?:\(\$[^)]*\)\s*)?|ask for\s+|(?:post\s+(?:from a SERVER source\s+)?)?(?:to\s+)?\/v1\/\w+:\s*|with the variables\s+|(?<=:\s*)(?:query\s*)?)(?=\{)/gi;

// What stands behind it and is about it: "(answer: STOP where it is one)".
const GOES_WITH_IT = /^\s*\([^)]*\)/;

// "Verify the destination again (destinationVerify)": the name, and what it is given, are for who writes the operation.
const NAMES_OF_OPERATIONS = /\s\([a-z]+(?:[A-Z][a-z]+)+(?:, \w+: "[^"]*")*\)/g;

/**
 * A remedy without the operations and bodies in it that are there to be pasted: "Give a new key: run mutation { … }." is
 * "Give a new key."
 */
export function remedyInWords(remedy: string): string {
  let words = "";
  let from = 0;
  for (const found of remedy.matchAll(BEGINS)) {
    if (found.index < from) continue;
    words += remedy.slice(from, found.index);
    from = endOfBraces(remedy, found.index + found[0].length);
    from += GOES_WITH_IT.exec(remedy.slice(from))?.[0].length ?? 0;
  }
  words = (words + remedy.slice(from))
    .replaceAll(NAMES_OF_OPERATIONS, "")
    .replace(/^[\s;,.]+/, "")
    .replaceAll(/([.!?])\s*[.;]\s*(\w)/g, (_, end: string, first: string) => `${end} ${first.toUpperCase()}`)
    .replace(/([.!?])\s*[.;]+$/, "$1")
    // Nothing but an operation ended the sentence before.
    .replaceAll(/(\w) (?=(?:It waits until|Events that come) )/g, "$1. ")
    .trim();
  words = words.charAt(0).toUpperCase() + words.slice(1);
  return /[.!?]$/.test(words) || words === "" ? words : `${words}.`;
}

/** Whether an operation is in it, to be pasted. */
export const hasOperation = (said: string): boolean =>
  /\b(?:mutation\s*(?:\(\$[^)]*\)\s*)?|ask for\s+)\{/i.test(said);

/** The same of a sentence that may have no operation in it, and then stays as it is. */
export const saidInWords = (said: string): string => (hasOperation(said) ? remedyInWords(said) : said);

/** An address to be opened, and none that a command in the words calls. */
export const ADDRESS = /(?<!POST )(https:\/\/[^\s,;)]*[^\s,;).])/;

/** Where the braces that open there are closed: braces in a text count for nothing. */
function endOfBraces(text: string, start: number): number {
  let depth = 0;
  let isText = false;
  for (let at = start; at < text.length; at += 1) {
    const one = text[at];
    if (one === "\\" && isText) at += 1;
    else if (one === '"') isText = !isText;
    else if (!isText && one === "{") depth += 1;
    else if (!isText && one === "}") {
      depth -= 1;
      if (depth === 0) return at + 1;
    }
  }
  return text.length;
}
