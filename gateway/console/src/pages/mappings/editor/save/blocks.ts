import type { EditorState } from "../reducer.ts";
import type { Action } from "../useEditor.ts";
import { partInWords } from "./words.ts";

/** What is to be done before a mapping can be saved, each as the end of "First". */
export function blocksOf({ draft, unread, unreadAll }: EditorState, action: Action | null): string[] {
  return [
    ...(draft.destinationId === "" ? ["choose an account"] : []),
    ...(action === null ? ["choose what it does"] : []),
    ...(draft.name.trim() === "" ? ["give it a name"] : []),
    ...(unreadAll === null ? [] : ["mend the JSON of the fields"]),
    ...Object.keys(unread).map((key) => `mend the JSON of “${partInWords(`fields.${key}`, action)}”`),
  ];
}
