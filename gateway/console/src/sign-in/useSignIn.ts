import { useCallback, useEffect, useRef, useState } from "react";

import { TokenRefused, type Viewer, whoAmI } from "../api/request.ts";
import { forgetToken, keepToken, readToken, takeTokenFromAddress } from "../api/token.ts";
import type { SignInProblem } from "./SignIn.tsx";

/**
 * Who is signed in. `token` is the last one that was good and `lastViewer` whose it is, kept after it was refused so that
 * a page goes on holding what was typed under the form; `viewer` is null while the form is up; `firstCheck` while
 * nothing can be said yet. `onOther` is called before somebody goes on here who may see other things. `asked`: whose the
 * token is that is kept, where that is being asked already.
 */
export function useSignIn(onOther: () => void = doNothing, asked: Promise<Viewer> | null = null) {
  const [token, setToken] = useState<string | null>(null);
  const [viewer, setViewer] = useState<Viewer | null>(null);
  const [lastViewer, setLastViewer] = useState<Viewer | null>(null);
  const last = useRef<Viewer | null>(null);
  const [problem, setProblem] = useState<SignInProblem | null>(null);
  const [checking, setChecking] = useState(() => readToken() !== null);

  const signIn = useCallback(
    async (candidate: string, answer: Promise<Viewer> = whoAmI(candidate)) => {
      setChecking(true);
      try {
        const found = await answer;
        if (last.current && !seesTheSame(found, last.current)) onOther();
        last.current = found;
        setViewer(found);
        setLastViewer(found);
        keepToken(candidate);
        setToken(candidate);
        setProblem(null);
      } catch (error) {
        const refused = error instanceof TokenRefused;
        if (refused) forgetToken();
        setViewer(null);
        setProblem(refused ? { kind: "refused" } : { kind: "unanswered", detail: (error as Error).message });
      } finally {
        setChecking(false);
      }
    },
    [onOther],
  );

  const onRefused = useCallback(() => {
    forgetToken();
    setViewer(null);
    setProblem({ kind: "expired" });
  }, []);

  useEffect(() => {
    const kept = readToken();
    const signInFromAddress = () => {
      const given = takeTokenFromAddress() ? readToken() : null;
      if (given !== null) void signIn(given);
    };
    addEventListener("hashchange", signInFromAddress);
    if (kept !== null) void signIn(kept, asked ?? undefined);
    return () => removeEventListener("hashchange", signInFromAddress);
  }, [signIn, asked]);

  const firstCheck = checking && token === null && problem === null;
  return { token, viewer, lastViewer, problem, checking, firstCheck, signIn, onRefused };
}

const doNothing = () => {};

const seesTheSame = (one: Viewer, other: Viewer): boolean =>
  one.role === other.role && one.space === other.space;
