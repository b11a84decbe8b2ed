import { readToken } from "./token.ts";

// The token of who is signed in, and whom to tell when it is no longer good.
let current: string | null = null;
let onEnd: () => void = () => {};

export const session = {
  begin(token: string, ended: () => void) {
    current = token;
    onEnd = ended;
  },
  token(): string {
    return current ?? readToken() ?? "";
  },
  /** That token is no longer good. An answer to one from before says nothing of the one that is used now. */
  end(refused: string) {
    if (refused === session.token()) onEnd();
  },
};
