import { useEffect, useRef, useState } from "react";

import { isSame, type Values } from "./settings.ts";

type Version = { revision: number; values: Values };

/**
 * What a form changes of something that others may change meanwhile. `revision` is the one at which the reader saw it: it
 * moves on only while nothing was typed that is not saved, or where the reader saves, or takes what others saved.
 */
export function useEdit(now: Version) {
  const [seen, setSeen] = useState(now);
  const [changed, setChanged] = useState<Values>({});
  const [resets, setResets] = useState(0);
  const sent = useRef<Values>({});
  // What was saved here is known before it is read anew. Once it is, it may be written otherwise than it was typed.
  const latest = now.revision < seen.revision ? seen : now;
  const base = latest.revision === seen.revision ? latest : seen;
  const isDirty = Object.keys(changed).length > 0;
  // Such as where it was saved from here, and the answer was lost.
  const isThere = Object.entries(changed).every(
    ([key, value]) => key in latest.values && isSame(value, latest.values[key]),
  );

  useEffect(() => {
    if (latest.revision === seen.revision || !isThere) return;
    setSeen(latest);
    setChanged({});
  }, [latest, isThere, seen.revision]);

  return {
    revision: base.revision,
    values: { ...base.values, ...changed },
    changed,
    isDirty,
    /** How often what was typed was forgotten: what a field could not read, and told nothing of, goes with it. */
    resets,
    /** What others changed since the reader began. */
    theirs: Object.keys(latest.values).filter((key) => !isSame(latest.values[key], base.values[key])),
    base: base.values,
    /** What is there now. */
    latest,
    /**
     * What is as it was is no change, unless it is being saved as something else. Of what was never read back, such as a
     * secret, null is one: it takes it away.
     */
    set(key: string, value: unknown) {
      const { [key]: _, ...others } = changed;
      const isBack = key in base.values && !(key in sent.current) && isSame(value, base.values[key]);
      setChanged(isBack ? others : { ...changed, [key]: value });
    },
    /** Takes a change back. */
    unset(key: string) {
      const { [key]: _, ...others } = changed;
      setChanged(others);
    },
    /** What was typed, which is sent now. */
    send(): Values {
      sent.current = changed;
      return changed;
    },
    /** What was sent is saved, and made it that revision. What was typed since then is not saved yet. */
    saved(revision: number) {
      const saved = sent.current;
      sent.current = {};
      const shown = Object.entries(saved).filter(([key]) => key in base.values);
      setSeen({ revision, values: { ...base.values, ...Object.fromEntries(shown) } });
      setChanged((typed) =>
        Object.fromEntries(
          Object.entries(typed).filter(([key, value]) => !(key in saved && isSame(value, saved[key]))),
        ),
      );
    },
    /** What was sent is not saved. */
    failed() {
      sent.current = {};
    },
    /** Forgets what was typed, and shows what is there now. */
    reset() {
      setChanged({});
      setSeen(latest);
      setResets((count) => count + 1);
    },
    /** Keeps what was typed, on top of what is there now. */
    rebase() {
      setSeen(latest);
    },
  };
}
