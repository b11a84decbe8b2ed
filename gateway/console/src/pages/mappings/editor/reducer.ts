import { type Draft, type Fields, type Saved, same, sending } from "./draft.ts";
import { converted, type FieldShape, type Form, formOf } from "./values.ts";

/** All that the editor knows: what is being written, what it was when it was read, and how the fields are shown. */
export type EditorState = {
  draft: Draft;
  /** What it is compared with; null of a mapping that is not made yet. */
  saved: Saved | null;
  /** What it began with: unsaved changes are what differs from it. */
  begun: Draft;
  /** The form that somebody chose for a field. */
  forms: Readonly<Record<string, Form>>;
  /** What a field said in a form that was left, so that nothing is lost by looking at another. */
  left: Readonly<Record<string, Partial<Record<Form, unknown>>>>;
  /** The fields of each action that was left for another, for the same reason. */
  leftActions: Readonly<Record<string, Fields>>;
  /** JSON that cannot be read as it stands, by field. */
  unread: Readonly<Record<string, string>>;
  /** The same of all the fields as one JSON; null: it can be read. */
  unreadAll: string | null;
  /** Goes up whenever all of it is another: what is shown first is decided anew then. */
  opening: number;
};

/** What has to be known of an action to go over to it from another. */
export type ActionShape = {
  slug: string;
  defaultTrigger: string;
  fields: readonly { key: string }[];
};

export type EditorAction =
  | { do: "set"; part: Partial<Omit<Draft, "fields">> }
  | { do: "setField"; key: string; value: unknown }
  | { do: "setForm"; field: FieldShape; form: Form }
  | { do: "setFieldJson"; key: string; text: string }
  | { do: "setAllJson"; text: string }
  | { do: "usePreset"; preset: Pick<Draft, "action" | "purpose" | "trigger" | "fields"> & { title: string } }
  | { do: "useAction"; action: ActionShape; before: ActionShape | null }
  | { do: "saved"; saved: Saved }
  | { do: "goOnFrom"; theirs: Saved; draft: Draft };

/** The editor of a mapping that was read, or of a new one. */
export function opened(saved: Saved | null, draft: Draft, opening = 0): EditorState {
  const begun = saved?.draft ?? draft;
  const nothing = { forms: {}, left: {}, leftActions: {}, unread: {}, unreadAll: null };
  return { draft, saved, begun, ...nothing, opening };
}

export function edited(state: EditorState, action: EditorAction): EditorState {
  switch (action.do) {
    case "set":
      return { ...state, draft: { ...state.draft, ...action.part } };
    case "setField":
      return withField(state, action.key, action.value);
    case "setForm":
      return inForm(state, action.field, action.form);
    case "setFieldJson":
      return withFieldJson(state, action.key, action.text);
    case "setAllJson":
      return withAllJson(state, action.text);
    case "usePreset": {
      const { title, ...preset } = action.preset;
      return anew(state, { ...state.draft, ...preset, name: state.draft.name || title });
    }
    case "useAction":
      return withAction(state, action.action, action.before);
    case "saved":
      return opened(action.saved, action.saved.draft, state.opening + 1);
    case "goOnFrom":
      return opened(action.theirs, action.draft, state.opening + 1);
  }
}

/** Whether something would be lost by leaving. */
export const isChanged = ({ draft, begun, unread, unreadAll }: EditorState): boolean =>
  unreadAll !== null || Object.keys(unread).length > 0 || !same(draft, begun);

/** Whether there is JSON that cannot be read: then there is nothing whole to be saved. */
export const isUnread = ({ unread, unreadAll }: EditorState): boolean =>
  unreadAll !== null || Object.keys(unread).length > 0;

/** The form that a field is shown in: the one chosen, where it shows all of the value. */
export function shownForm({ draft, forms }: EditorState, field: FieldShape): Form {
  const value = draft.fields[field.key];
  const chosen = forms[field.key];
  return chosen && (value === undefined || chosen === "json" || formOf(value, field) === chosen)
    ? chosen
    : formOf(value, field);
}

const anew = (state: EditorState, draft: Draft): EditorState => ({
  ...opened(state.saved, draft, state.opening + 1),
  begun: state.begun,
});

/** What both actions have goes along; what only the other one had is there again once it is come back to. */
function withAction(state: EditorState, action: ActionShape, before: ActionShape | null): EditorState {
  const { draft } = state;
  const has = (one: ActionShape | null, key: string) =>
    one?.fields.some((field) => field.key === key) === true;
  const common = Object.entries(draft.fields).filter(([key]) => has(action, key));
  const left = state.leftActions[action.slug];
  const own = left
    ? Object.entries(left).filter(([key]) => has(action, key) && !has(before, key))
    : Object.entries(sending(action.fields));
  const fields = Object.fromEntries([...own, ...common]);
  const isOwn = draft.trigger !== "" && draft.trigger !== before?.defaultTrigger;
  const trigger = isOwn ? draft.trigger : action.defaultTrigger;
  return {
    ...anew(state, { ...draft, action: action.slug, fields, trigger }),
    leftActions: { ...state.leftActions, [draft.action]: draft.fields },
  };
}

function withField(state: EditorState, key: string, value: unknown): EditorState {
  const { [key]: _, ...others } = state.draft.fields;
  // A key that is there already keeps its place.
  const fields =
    value === undefined
      ? others
      : { ...(key in state.draft.fields ? state.draft.fields : others), [key]: value };
  return { ...state, draft: { ...state.draft, fields }, unread: without(state.unread, key) };
}

function inForm(state: EditorState, field: FieldShape, form: Form): EditorState {
  const { key } = field;
  const before = shownForm(state, field);
  if (before === form) return state;
  const value = state.draft.fields[key];
  const left = { ...state.left[key], [before]: value };
  const next = converted(value, form, field) ?? left[form];
  return {
    ...withField(state, key, next),
    forms: { ...state.forms, [key]: form },
    left: { ...state.left, [key]: left },
  };
}

function withFieldJson(state: EditorState, key: string, text: string): EditorState {
  if (text.trim() === "") return withField(state, key, undefined);
  const read = parsed(text);
  if (read === undefined) return { ...state, unread: { ...state.unread, [key]: text } };
  return withField(state, key, read);
}

function withAllJson(state: EditorState, text: string): EditorState {
  const read = parsed(text);
  if (read === null || typeof read !== "object" || Array.isArray(read)) return { ...state, unreadAll: text };
  const draft = { ...state.draft, fields: read as Fields };
  return { ...state, draft, unread: {}, unreadAll: null };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function without<Value>(
  record: Readonly<Record<string, Value>>,
  key: string,
): Readonly<Record<string, Value>> {
  const { [key]: _, ...rest } = record;
  return rest;
}
