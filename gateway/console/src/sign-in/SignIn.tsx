import { type FormEvent, useState } from "react";

import { readToken, tokenFromInput } from "../api/token.ts";
import "./sign-in.css";

export type SignInProblem =
  | { kind: "malformed" | "refused" | "expired" }
  | { kind: "unanswered"; detail: string };

type Props = { checking: boolean; problem: SignInProblem | null; onSubmit: (token: string) => void };

/** Asks for a token; says what is wrong with the last one, and where to get another. */
export function SignIn({ checking, problem, onSubmit }: Props) {
  const [text, setText] = useState(() => readToken() ?? "");
  const [malformed, setMalformed] = useState(false);

  function submit(event: FormEvent) {
    event.preventDefault();
    const token = tokenFromInput(text);
    setMalformed(token === null);
    if (token !== null) onSubmit(token);
  }

  return (
    <div className="sign-in">
      <form onSubmit={submit}>
        <h2>Sign in with an API token</h2>
        <Problem problem={malformed ? { kind: "malformed" } : problem} />
        <label htmlFor="token">Token</label>
        <div className="row">
          <input
            id="token"
            type="password"
            value={text}
            onChange={(event) => setText(event.target.value)}
            autoComplete="off"
            // biome-ignore lint/a11y/noAutofocus: it is all that this page asks for
            autoFocus
            spellCheck="false"
          />
          <button type="submit" disabled={checking}>
            {checking ? "Checking …" : "Sign in"}
          </button>
        </div>
        <p className="note">
          It is kept in this browser tab only, and forgotten when you sign out or close the tab.
        </p>
        <h3>Where to find one</h3>
        <ul>
          <li>
            The first start prints the first admin token, and <code>make demo</code> a link that signs in.
            Where there was no terminal to print to, the start-up log names the file that holds it.
          </li>
          <li>An admin makes one on the page: Settings, Tokens and roles.</li>
          <li>
            To make another, on the machine that runs Heliograph:
            <pre>heliograph token create --role reader --name you</pre>
          </li>
        </ul>
      </form>
    </div>
  );
}

function Problem({ problem }: { problem: SignInProblem | null }) {
  if (problem === null) return null;
  return (
    <p className="problem" role="alert">
      {explain(problem)}
    </p>
  );
}

function explain(problem: SignInProblem): string {
  switch (problem.kind) {
    case "malformed":
      return "That cannot be a token: it is one word without blanks or accents. Copy it again, whole.";
    case "refused":
      return "The server refused this token: it is mistyped, revoked, or belongs to another installation. Copy it again or make another, as below.";
    case "expired":
      return "The server no longer accepts the token you were signed in with. What you typed is kept in this tab: sign in with another token of the same role to go on.";
    case "unanswered":
      return `The token could not be checked (${problem.detail}). It is still filled in below: see that heliograph serve is running, then sign in again.`;
  }
}
