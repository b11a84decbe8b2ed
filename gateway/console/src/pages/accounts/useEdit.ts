import { useEffect, useState } from "react";

import { isSame, type Values } from "./settings.ts";

export type Version = { revision: number; values: Values };

/**
 * What a form changes of something that others may change meanwhile. `revision` is the one at which the reader saw it: it
 * moves on only while nothing was typed that is not saved, or where the reader takes what others saved.
 */
export function useEdit(now: Version) {
  const [base, setBase] = useState(now);
  const [changed, setChanged] = useState<Values>({});
  const isDirty = Object.keys(changed).length > 0;
  // Such as where it was saved from here, and the answer was lost.
  const isThere = Object.entries(changed).every(
    ([key, value]) => key in now.values && isSame(value, now.values[key]),
  );

  useEffect(() => {
    if (now.revision === base.revision || !isThere) return;
    setBase(now);
    setChanged({});
  }, [now, isThere, base.revision]);

  return {
    revision: base.revision,
    values: { ...base.values, ...changed },
    changed,
    isDirty,
    /** What others changed since the reader began. */
    theirs: Object.keys(now.values).filter((key) => !isSame(now.values[key], base.values[key])),
    base: base.values,
    /** What is as it was is no change. Of what was never read back, such as a secret, null is one: it takes it away. */
    set(key: string, value: unknown) {
      const { [key]: _, ...others } = changed;
      const isBack = key in base.values && isSame(value, base.values[key]);
      setChanged(isBack ? others : { ...changed, [key]: value });
    },
    /** Takes a change back. */
    unset(key: string) {
      const { [key]: _, ...others } = changed;
      setChanged(others);
    },
    /** Forgets what was typed, and shows what is there now. */
    reset() {
      setChanged({});
      setBase(now);
    },
    /** Keeps what was typed, on top of what is there now. */
    rebase() {
      setBase(now);
    },
  };
}
