const BEGINS = /(?:,|:)?\s*(?:(?:and|or)\s+)?(?:then\s+)?(?:[Rr]un\s+)?mutation\s*(?=\{)/g;

// "Verify the destination again (destinationVerify)": the name is for who writes the operation.
const NAMES_OF_OPERATIONS = /\s\([a-z]+(?:[A-Z][a-z]+)+\)/g;

/** A remedy without the operations in it that are there to be pasted: "Give a new key: run mutation { … }." is "Give a new key." */
export function remedyInWords(remedy: string): string {
  let words = "";
  let from = 0;
  for (const found of remedy.matchAll(BEGINS)) {
    if (found.index < from) continue;
    words += remedy.slice(from, found.index);
    from = endOfBraces(remedy, found.index + found[0].length);
  }
  words = (words + remedy.slice(from))
    .replaceAll(NAMES_OF_OPERATIONS, "")
    .replace(/^[\s;,.]+/, "")
    .replaceAll(/\.\s*;\s*(\w)/g, (_, first: string) => `. ${first.toUpperCase()}`)

    .trim();
  words = words.charAt(0).toUpperCase() + words.slice(1);
  return /[.!?]$/.test(words) || words === "" ? words : `${words}.`;
}

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
