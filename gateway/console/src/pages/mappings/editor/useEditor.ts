import { createContext, type Dispatch, useContext } from "react";

import type { AccountsToMapToQuery } from "./editor.graphql.ts";
import type { Problems } from "./problems.ts";
import type { EditorAction, EditorState } from "./reducer.ts";

export type Definition = AccountsToMapToQuery["definitions"][number];
export type Action = Definition["actions"][number];
export type ActionField = Action["fields"][number];
export type Account = AccountsToMapToQuery["destinations"]["edges"][number]["node"];

/** What every part of the editor has at hand. */
export type Editor = {
  state: EditorState;
  dispatch: Dispatch<EditorAction>;
  /** Who is signed in may look, and not change. */
  readOnly: boolean;
  accounts: readonly Account[];
  /** Of the account that is chosen. */
  definition: Definition | null;
  action: Action | null;
  problems: Problems;
};

export const EditorContext = createContext<Editor | null>(null);

export function useEditor(): Editor {
  const editor = useContext(EditorContext);
  if (editor === null) throw new Error("No mapping is edited here.");
  return editor;
}
