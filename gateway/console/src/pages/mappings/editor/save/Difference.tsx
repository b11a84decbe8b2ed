import { unifiedMergeView } from "@codemirror/merge";
import { EditorState } from "@codemirror/state";
import { EditorView } from "@codemirror/view";
import { useEffect, useRef } from "react";

import { nonce } from "../../../../shell/nonce.ts";
import { look } from "../code/look.ts";
import classes from "./Save.module.css";

type Props = { before: string; after: string; label: string };

/** Two texts in one, what goes and what comes marked. */
export default function Difference({ before, after, label }: Props) {
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (place.current === null) return;
    const view = new EditorView({
      parent: place.current,
      state: EditorState.create({
        doc: after,
        extensions: [
          EditorView.cspNonce.of(nonce),
          EditorView.editable.of(false),
          EditorState.readOnly.of(true),
          EditorView.contentAttributes.of({ "aria-label": label, tabindex: "0" }),
          EditorView.lineWrapping,
          look,
          unifiedMergeView({ original: before, mergeControls: false, gutter: false, highlightChanges: true }),
        ],
      }),
    });
    return () => view.destroy();
  }, [before, after, label]);
  return <div ref={place} className={classes.difference} />;
}
