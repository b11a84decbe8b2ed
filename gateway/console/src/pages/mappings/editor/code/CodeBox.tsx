import {
  autocompletion,
  closeBrackets,
  closeBracketsKeymap,
  completionKeymap,
} from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { bracketMatching, syntaxHighlighting } from "@codemirror/language";
import { type Diagnostic, lintGutter, setDiagnostics } from "@codemirror/lint";
import { Compartment, EditorState, type Extension } from "@codemirror/state";
import { EditorView, keymap } from "@codemirror/view";
import { useEffect, useRef } from "react";

import { nonce } from "../../../../shell/nonce.ts";
import classes from "./CodeBox.module.css";
import { colours, look } from "./look.ts";

export type Mark = { from: number; to: number; severity: "error" | "warning"; message: string };

type Props = {
  label: string;
  value: string;
  onChange?: (value: string) => void;
  readOnly?: boolean;
  /** The language, and what completes it: the same for as long as the box is there. */
  language: Extension;
  marks?: readonly Mark[];
  describedBy?: string;
  invalid?: boolean;
};

/** A box for code. Tab leaves it, as it leaves any field. */
export function CodeBox({
  label,
  value,
  onChange,
  readOnly = false,
  language,
  marks,
  describedBy,
  invalid,
}: Props) {
  const place = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView>(null);
  const told = useRef(onChange);
  told.current = onChange;
  const changing = useRef(new Compartment());
  const begun = useRef(value);
  const attributes = {
    "aria-label": label,
    "aria-invalid": String(invalid ?? false),
    ...(describedBy && { "aria-describedby": describedBy }),
    spellcheck: "false",
  };
  const attributesText = JSON.stringify(attributes);

  useEffect(() => {
    if (place.current === null) return;
    const made = new EditorView({
      parent: place.current,
      state: EditorState.create({
        doc: begun.current,
        extensions: [
          EditorView.cspNonce.of(nonce),
          history(),
          bracketMatching(),
          closeBrackets(),
          autocompletion({ icons: false }),
          lintGutter(),
          syntaxHighlighting(colours),
          look,
          EditorView.lineWrapping,
          keymap.of([...closeBracketsKeymap, ...completionKeymap, ...historyKeymap, ...defaultKeymap]),
          EditorView.updateListener.of((update) => {
            if (update.docChanged) told.current?.(update.state.doc.toString());
          }),
          overSelection,
          language,
          changing.current.of([]),
        ],
      }),
    });
    view.current = made;
    return () => made.destroy();
  }, [language]);

  useEffect(() => {
    const extensions = [
      EditorView.contentAttributes.of(JSON.parse(attributesText)),
      EditorState.readOnly.of(readOnly),
      EditorView.editable.of(!readOnly),
      // What cannot be typed in is still reached, to be read and scrolled.
      readOnly ? EditorView.contentAttributes.of({ tabindex: "0" }) : [],
    ];
    view.current?.dispatch({ effects: changing.current.reconfigure(extensions) });
  }, [attributesText, readOnly]);

  useEffect(() => {
    const there = view.current;
    if (there === null || there.state.doc.toString() === value) return;
    there.dispatch({ changes: { from: 0, to: there.state.doc.length, insert: value } });
  }, [value]);

  useEffect(() => {
    const there = view.current;
    if (there === null) return;
    const end = there.state.doc.length;
    const found: Diagnostic[] = (marks ?? []).map((mark) => ({
      ...mark,
      from: Math.min(mark.from, end),
      to: Math.min(mark.to, end),
    }));
    there.dispatch(setDiagnostics(there.state, found));
  }, [marks]);

  return <div ref={place} className={classes.box} data-readonly={readOnly} data-invalid={invalid} />;
}

// What is typed over a selection: left to itself, the browser keeps the colour of what was there in a style attribute,
// which the page's policy forbids and reports.
const overSelection = EditorView.domEventHandlers({
  beforeinput(event, view) {
    const { data, inputType } = event;
    const { from, to, empty } = view.state.selection.main;
    if (inputType !== "insertText" || !data || empty || view.composing || view.state.readOnly) return false;
    event.preventDefault();
    const insert = () => view.state.update(view.state.replaceSelection(data), { userEvent: "input.type" });
    const isTaken = view.state
      .facet(EditorView.inputHandler)
      .some((handle) => handle(view, from, to, data, insert));
    if (!isTaken) view.dispatch(insert());
    return true;
  },
});
