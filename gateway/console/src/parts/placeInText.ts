/** Where in a text that line and column are, both counted from 1 and in characters as the API counts them: an emoji is one. */
export function placeInText(text: string, line: number, column: number): number {
  const lines = text.split("\n");
  const above = lines.slice(0, line - 1).reduce((length, one) => length + one.length + 1, 0);
  const before = Array.from(lines[line - 1] ?? "").slice(0, column - 1);
  return Math.min(above + before.join("").length, text.length);
}
