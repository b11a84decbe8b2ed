import { lazy, Suspense, useEffect } from "react";

import { forgetToken } from "../api/token.ts";
import mark from "../heliograph.svg";
import { SignIn } from "../sign-in/SignIn.tsx";
import { useSignIn } from "../sign-in/useSignIn.ts";
import { forgetWhatWasTyped } from "./storage.js";

// Several megabytes, so it is fetched while the token is being checked and never holds up the form.
const loadWorkbench = () => import("./Workbench.jsx");
const Workbench = lazy(loadWorkbench);

/** The bar on top, and below it GraphiQL, or the form for the token. */
export function App() {
  const { token, viewer, problem, checking, firstCheck, signIn, onRefused } = useSignIn();
  useEffect(() => {
    loadWorkbench();
  }, []);

  return (
    <>
      <header className="bar">
        <h1>
          <a className="home" href="/">
            <img src={mark} alt="" width="24" height="24" />
            Heliograph
          </a>
        </h1>
        <a className="back" href="/">
          Back to the pages
        </a>
        {viewer && <Viewer viewer={viewer} />}
      </header>
      <main>
        {token && (
          <div className="workbench" inert={viewer === null}>
            <Suspense fallback={<Wait>Opening the editor …</Wait>}>
              <Workbench token={token} onRefused={onRefused} />
            </Suspense>
          </div>
        )}
        {firstCheck && <Wait>Checking the token …</Wait>}
        {viewer === null && !firstCheck && <SignIn checking={checking} problem={problem} onSubmit={signIn} />}
      </main>
    </>
  );
}

function Wait({ children }) {
  return <p className="wait">{children}</p>;
}

function Viewer({ viewer }) {
  function signOut() {
    forgetToken();
    forgetWhatWasTyped();
    // What the token was allowed to see goes from memory too.
    location.reload();
  }

  return (
    <div className="viewer">
      <b>{viewer.name}</b>
      <span className="tag">{viewer.role.toLowerCase()}</span>
      <span className="space">space {viewer.space}</span>
      <button type="button" onClick={signOut}>
        Sign out
      </button>
    </div>
  );
}
