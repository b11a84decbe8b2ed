// The token lives in sessionStorage: it survives a reload, is seen by this tab only and goes with it.
const KEY = "heliograph:token";

export const readToken = () => sessionStorage.getItem(KEY);
export const keepToken = (token: string) => sessionStorage.setItem(KEY, token);
export const forgetToken = () => sessionStorage.removeItem(KEY);

/**
 * Keeps the token of a link such as `/#token=...` and takes it out of the address bar at once; a
 * browser never sends the fragment to a server. Returns whether there was one.
 */
export function takeTokenFromAddress(): boolean {
  // URLSearchParams reads + as a space, which no token holds.
  const token = new URLSearchParams(location.hash.slice(1).replaceAll("+", "%2B")).get("token");
  if (token === null) return false;
  history.replaceState(null, "", location.pathname + location.search);
  if (token) keepToken(token);
  return Boolean(token);
}

/** What was pasted, without the blanks and the word Bearer that come along; null if it cannot be a token. */
export function tokenFromInput(text: string): string | null {
  const token = text.trim().replace(/^bearer\s+/i, "");
  return /^[\x21-\x7e]+$/.test(token) ? token : null;
}
