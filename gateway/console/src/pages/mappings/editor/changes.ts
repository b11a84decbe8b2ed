import { type Draft, type Fields, same } from "./draft.ts";

/** One part of a mapping that two readings of it have differently. A field stands as `fields.KEY`. */
export type Change = { part: string; before: unknown; after: unknown };

/** One part that differs from what it was in one of two later readings, or in both. */
type Meeting = Change & { theirs: unknown; both: boolean };

type Parts = Record<string, unknown>;

/** What of a mapping is another after it than before; the parts in their order, the fields behind them. */
export function changesOf(before: Draft, after: Draft): Change[] {
  return differing(partsOf(before), partsOf(after));
}

/** What somebody else changed since `base` beside what `mine` changes: `after` is mine. */
export function meetings(base: Draft, theirs: Draft, mine: Draft): Meeting[] {
  const was = partsOf(base);
  const [there, here] = [partsOf(theirs), partsOf(mine)];
  const names = new Set([...differing(was, there), ...differing(was, here)].map(({ part }) => part));
  return [...names].map((part) => ({
    part,
    before: was[part],
    theirs: there[part],
    after: here[part],
    both: !same(was[part], there[part]) && !same(was[part], here[part]) && !same(there[part], here[part]),
  }));
}

/** What they saved, with what `mine` changed since `base` on top. */
export function onTop(base: Draft, theirs: Draft, mine: Draft): Draft {
  const changed = changesOf(base, mine).map(({ part }) => part);
  const parts = partsOf(theirs);
  const own = partsOf(mine);
  for (const part of changed) parts[part] = own[part];
  return draftOf(parts);
}

function differing(one: Parts, other: Parts): Change[] {
  const names = new Set([...Object.keys(one), ...Object.keys(other)]);
  return [...names]
    .filter((part) => !same(one[part], other[part]))
    .map((part) => ({ part, before: one[part], after: other[part] }));
}

const FIELD = "fields.";

function partsOf({ fields, ...rest }: Draft): Parts {
  const ofFields = Object.entries(fields).map(([key, value]) => [FIELD + key, value]);
  return { ...rest, ...Object.fromEntries(ofFields) };
}

function draftOf(parts: Parts): Draft {
  const entries = Object.entries(parts).filter(([, value]) => value !== undefined);
  const fields: Fields = Object.fromEntries(
    entries
      .filter(([part]) => part.startsWith(FIELD))
      .map(([part, value]) => [part.slice(FIELD.length), value]),
  );
  const rest = Object.fromEntries(entries.filter(([part]) => !part.startsWith(FIELD)));
  return { ...rest, fields } as Draft;
}
