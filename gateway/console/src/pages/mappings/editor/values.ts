// The forms in which a field's value can be written. Each value has one that shows all of it; JSON shows any.

export type Form = "literal" | "template" | "path" | "json";

/** What of a field decides how its value is written. */
export type FieldShape = { key: string; type: string; multiple: boolean };

const TEMPLATE = "@template";
const PATH = "@path";

/** The form that a value is in: what no simpler one shows whole is JSON. */
export function formOf(value: unknown, field: FieldShape): Form {
  if (value === undefined || isLiteral(value, field)) return "literal";
  if (textUnder(TEMPLATE, value) !== null) return "template";
  if (textUnder(PATH, value) !== null) return "path";
  return "json";
}

function isLiteral(value: unknown, { type, multiple }: FieldShape): boolean {
  if (multiple) return Array.isArray(value) && value.every((item) => typeof item === "string");
  if (type === "boolean") return typeof value === "boolean";
  if (type === "number") return typeof value === "number";
  if (type === "object") return isTable(value);
  return typeof value === "string";
}

/** Whether a value is an object of texts, none of them a directive: a table of names and values shows it. */
export function isTable(value: unknown): value is Record<string, string> {
  if (value === null || typeof value !== "object" || Array.isArray(value)) return false;
  return Object.entries(value).every(([key, item]) => !key.startsWith("@") && typeof item === "string");
}

/** The text of a directive that has nothing but one; null of all else. */
function textUnder(directive: string, value: unknown): string | null {
  if (value === null || typeof value !== "object") return null;
  const entries = Object.entries(value);
  const [name, text] = entries[0] ?? [];
  return entries.length === 1 && name === directive && typeof text === "string" ? text : null;
}

/** What is written in a value, as a text to go on from. */
export function textOf(value: unknown): string {
  if (typeof value === "string") return value;
  return textUnder(TEMPLATE, value) ?? textUnder(PATH, value) ?? "";
}

/** The value that a text is in a form; a text that is empty leaves the field out. */
export function valueIn(form: Form, text: string): unknown {
  if (text === "") return undefined;
  if (form === "template") return { [TEMPLATE]: text };
  if (form === "path") return { [PATH]: text };
  return text;
}

const ONLY_A_PATH = /^\{\{\{?\s*([^{}|]+?)\s*\}?\}\}$/;

/** A value in another form, as far as it can be said in that: a path as a text that shows it, and the other way round. */
export function converted(value: unknown, form: Form, field: FieldShape): unknown {
  if (form === "json") return value;
  if (formOf(value, field) === form) return value;
  const text = textOf(value);
  if (text === "" || (form === "literal" && !isLiteral(text, field))) return undefined;
  const path = textUnder(PATH, value);
  if (form === "template" && path !== null) return { [TEMPLATE]: `{{${path.replace(/^\$\./, "")}}}` };
  if (form === "path") {
    const inside = ONLY_A_PATH.exec(text)?.[1];
    return { [PATH]: inside ? `$.${inside}` : text };
  }
  return valueIn(form, text);
}
