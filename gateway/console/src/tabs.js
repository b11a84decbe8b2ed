// What GraphiQL opens on, in the order in which a person needs it: each is a document, and beside it the
// variables to fill in, where it has any. GraphiQL reads comments in both.
const FILES = import.meta.glob("./queries/*", { query: "?raw", import: "default", eager: true });

const ORDER = [
  "overview",
  "first_source",
  "set_up_twilio",
  "verify",
  "preview",
  "why_no_text",
  "consent",
  "replay",
  "live_tail"
];

export const TABS = ORDER.map((name) => ({
  query: FILES[`./queries/${name}.graphql`],
  variables: FILES[`./queries/${name}.jsonc`] ?? null,
}));
