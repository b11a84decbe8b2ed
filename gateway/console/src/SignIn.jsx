import { useState } from "react";

import { readToken, tokenFromInput } from "./token.js";

const MALFORMED = { kind: "malformed" };

/** Asks for a token; says what is wrong with the last one, and where to get another. */
export function SignIn({ checking, problem, onSubmit }) {
  const [text, setText] = useState(() => readToken() ?? "");
  const [malformed, setMalformed] = useState(false);

  function submit(event) {
    event.preventDefault();
    const token = tokenFromInput(text);
    setMalformed(token === null);
    if (token !== null) onSubmit(token);
  }

  return (
    <div className="sign-in">
      <form onSubmit={submit}>
        <h2>Sign in with an API token</h2>
        <Problem problem={malformed ? MALFORMED : problem} />
        <label htmlFor="token">Token</label>
        <div className="row">
          <input
            id="token"
            type="password"
            value={text}
            onChange={(event) => setText(event.target.value)}
            autoComplete="off"
            autoFocus
            spellCheck="false"
          />
          <button type="submit" disabled={checking}>
            {checking ? "Checking …" : "Sign in"}
          </button>
        </div>
        <p className="note">It is kept in this browser tab only, and forgotten when you sign out or close the tab.</p>
        <h3>Where to find one</h3>
        <ul>
          <li>
            The first start prints the first admin token, and <code>make demo</code> a link that signs in. Where there
            was no terminal to print to, the start-up log names the file that holds it.
          </li>
          <li>
            To make another, on the machine that runs Heliograph:
            <pre>heliograph token create --role reader --name you</pre>
          </li>
        </ul>
      </form>
    </div>
  );
}

function Problem({ problem }) {
  if (problem === null) return null;
  return (
    <p className="problem" role="alert">
      {explain(problem)}
    </p>
  );
}

function explain({ kind, detail }) {
  switch (kind) {
    case "malformed":
      return "That cannot be a token: it is one word without blanks or accents. Copy it again, whole.";
    case "refused":
      return "The server refused this token: it is mistyped, revoked, or belongs to another installation. Copy it again or make another, as below.";
    case "expired":
      return "The server no longer accepts the token you were signed in with. Your queries are kept in this tab: sign in with another token to go on.";
    default:
      return `The token could not be checked (${detail}). It is still filled in below: see that heliograph serve is running, then sign in again.`;
  }
}
