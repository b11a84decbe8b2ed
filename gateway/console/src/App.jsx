import { lazy, Suspense, useCallback, useEffect, useState } from "react";

import { TokenRefused, whoAmI } from "./api.js";
import { SignIn } from "./SignIn.jsx";
import { forgetWhatWasTyped } from "./storage.js";
import { forgetToken, keepToken, readToken, takeTokenFromAddress } from "./token.js";
import mark from "./heliograph.svg";

// Several megabytes, so it is fetched while the token is being checked and never holds up the form.
const loadWorkbench = () => import("./Workbench.jsx");
const Workbench = lazy(loadWorkbench);

/** The bar on top, and below it GraphiQL, or the form for the token. */
export function App() {
  // The last token that was good: GraphiQL goes on holding its queries under the form when it no longer is.
  const [token, setToken] = useState(null);
  // Who is signed in; nobody while the form is up.
  const [viewer, setViewer] = useState(null);
  const [problem, setProblem] = useState(null);
  const [checking, setChecking] = useState(() => readToken() !== null);

  const signIn = useCallback(async (candidate) => {
    setChecking(true);
    try {
      setViewer(await whoAmI(candidate));
      keepToken(candidate);
      setToken(candidate);
      setProblem(null);
    } catch (error) {
      const refused = error instanceof TokenRefused;
      if (refused) forgetToken();
      setViewer(null);
      setProblem(refused ? { kind: "refused" } : { kind: "unanswered", detail: error.message });
    } finally {
      setChecking(false);
    }
  }, []);

  const onRefused = useCallback(() => {
    forgetToken();
    setViewer(null);
    setProblem({ kind: "expired" });
  }, []);

  useEffect(() => {
    const signInFromAddress = () => takeTokenFromAddress() && signIn(readToken());
    addEventListener("hashchange", signInFromAddress);
    if (readToken() !== null) signIn(readToken());
    loadWorkbench();
    return () => removeEventListener("hashchange", signInFromAddress);
  }, [signIn]);

  const firstCheck = checking && token === null && problem === null;
  return (
    <>
      <header className="bar">
        <img src={mark} alt="" width="24" height="24" />
        <h1>Heliograph</h1>
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
