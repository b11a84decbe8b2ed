// What GraphiQL opens on, in the order in which a person needs it: each is a document, and beside it the
// variables to fill in, where it has any. GraphiQL reads comments in both. Their order is in a file beside them.
const FILES = import.meta.glob("./queries/*", { query: "?raw", import: "default", eager: true });

const ORDER = FILES["./queries/order.txt"].trim().split("\n");

export const TABS = ORDER.map((name) => ({
  query: FILES[`./queries/${name}.graphql`],
  variables: FILES[`./queries/${name}.jsonc`] ?? null,
}));
