const DIGITS = /^[+-]?(\d+|\d{1,3}([, \u00a0\u202f])\d{3}(\2\d{3})*)(\.\d+)?$/;

/** One thousand where a point sets the thousands apart, or one: who wrote it alone knows. */
const THOUSANDS_OR_PARTS = /^[+-]?[1-9]\d{0,2}(\.\d{3})+$/;

/**
 * The number that somebody typed, thousands apart or not; null where nothing is typed, undefined where it can't be told
 * which it is: a comma is no decimal point here, and one that was taken for it would make another number.
 */
export function readNumber(typed: string): number | null | undefined {
  const text = typed.trim();
  if (text === "") return null;
  if (!DIGITS.test(text) || THOUSANDS_OR_PARTS.test(text)) return undefined;
  return Number(text.replaceAll(/[^\d.-]/g, ""));
}
