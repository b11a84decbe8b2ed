import { HighlightStyle } from "@codemirror/language";
import { EditorView } from "@codemirror/view";
import { tags } from "@lezer/highlight";

/** How code looks: in the colours of the page, light as dark. */
export const look = EditorView.theme({
  "&": { fontSize: "13.5px" },
  "&.cm-focused": { outline: "none" },
  ".cm-scroller": {
    fontFamily: "var(--mantine-font-family-monospace)",
    lineHeight: "1.55",
    maxHeight: "420px",
  },
  ".cm-content": { padding: "7px 0", minHeight: "36px", caretColor: "var(--mantine-color-text)" },
  ".cm-line": { padding: "0 10px 0 4px" },
  ".cm-gutters": { background: "transparent", border: "none" },
  ".cm-cursor": { borderLeftColor: "var(--mantine-color-text)" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": {
    background: "var(--tone-blue-ground)",
  },
  ".cm-tooltip": {
    background: "var(--mantine-color-body)",
    color: "var(--mantine-color-text)",
    border: "1px solid var(--line)",
    borderRadius: "7px",
    overflow: "hidden",
  },
  ".cm-tooltip.cm-tooltip-autocomplete > ul": {
    fontFamily: "var(--mantine-font-family-monospace)",
    maxHeight: "260px",
    minWidth: "260px",
  },
  ".cm-tooltip.cm-tooltip-autocomplete > ul > li": { padding: "4px 9px" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul > li[aria-selected]": {
    background: "var(--tone-amber-ground)",
    color: "var(--tone-amber)",
  },
  ".cm-completionDetail": { color: "var(--quiet)", fontStyle: "normal" },
  ".cm-completionMatchedText": { textDecoration: "none", fontWeight: "700" },
  ".cm-diagnostic": { padding: "5px 9px", maxWidth: "520px" },
  ".cm-lintRange-error": {
    backgroundImage: "none",
    textDecoration: "underline wavy var(--tone-red)",
    textUnderlineOffset: "3px",
  },
  ".cm-lintRange-warning": {
    backgroundImage: "none",
    textDecoration: "underline wavy var(--tone-amber)",
    textUnderlineOffset: "3px",
  },
  ".cm-lintPoint-error:after": { borderBottomColor: "var(--tone-red)" },
  ".cm-lint-marker": { content: "none", width: "9px", height: "9px", borderRadius: "50%", marginTop: "6px" },
  ".cm-lint-marker-error": { background: "var(--tone-red)" },
  ".cm-lint-marker-warning": { background: "var(--tone-amber)" },
  ".cm-changedLine, .cm-insertedLine": { background: "var(--tone-green-ground)" },
  ".cm-deletedChunk": { background: "var(--tone-red-ground)" },
});

export const colours = HighlightStyle.define([
  { tag: tags.string, color: "var(--tone-green)" },
  { tag: [tags.number, tags.bool, tags.null], color: "var(--tone-blue)" },
  { tag: tags.keyword, color: "var(--tone-amber)", fontWeight: "600" },
  { tag: [tags.propertyName, tags.function(tags.variableName)], color: "var(--tone-blue)" },
  { tag: tags.operator, color: "var(--tone-grey)" },
]);
