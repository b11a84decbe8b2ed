// How the page looks is remembered. What was typed may hold a secret (a key among a mutation's
// variables), so tabs and history stay in this browser tab and go with it.
const LOOKS = new Set(
  ["theme", "visiblePlugin", "docExplorerFlex", "editorFlex", "secondaryEditorFlex"].map(
    (name) => `graphiql:${name}`,
  ),
);

// Set by a sign-out: GraphiQL writes a little late, and would leave behind what was just forgotten.
let sealed = false;

const placeOf = (key) => (LOOKS.has(key) ? localStorage : sessionStorage);

export const storage = {
  getItem: (key) => placeOf(key).getItem(key),
  setItem: (key, value) => sealed || placeOf(key).setItem(key, value),
  removeItem: (key) => placeOf(key).removeItem(key),
  get length() {
    return localStorage.length + sessionStorage.length;
  },
  clear() {
    for (const place of [localStorage, sessionStorage]) {
      const ours = Object.keys(place).filter((key) => key.startsWith("graphiql:"));
      for (const key of ours) place.removeItem(key);
    }
  },
};

/** Takes all that was typed out of this tab, for good. How the page looks stays. */
export function forgetWhatWasTyped() {
  sealed = true;
  for (const key of Object.keys(sessionStorage).filter((key) => key.startsWith("graphiql:"))) {
    sessionStorage.removeItem(key);
  }
}

/** GraphiQL puts its theme on the body once it runs; the page before it should look the same. */
export function showStoredTheme() {
  const theme = storage.getItem("graphiql:theme");
  if (theme === "light" || theme === "dark") document.body.classList.add(`graphiql-${theme}`);
}
