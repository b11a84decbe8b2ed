// The styles of each component come along with it: vite.config.js.
import "@mantine/core/styles/baseline.layer.css";
import "@mantine/core/styles/default-css-variables.layer.css";
import "@mantine/core/styles/global.layer.css";
import "./app.css";

import { MantineProvider } from "@mantine/core";
import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { Activity, Suspense, useEffect } from "react";
import { queryClient } from "../api/queries.ts";
import type { Viewer } from "../api/request.ts";
import { session } from "../api/session.ts";
import mark from "../heliograph.svg";
import { lazily } from "../parts/lazily.tsx";
import { SignIn } from "../sign-in/SignIn.tsx";
import { useSignIn } from "../sign-in/useSignIn.ts";
import classes from "./App.module.css";
import { nonce } from "./nonce.ts";
import { router } from "./router.tsx";
import { theme } from "./theme.ts";
import { ViewerContext } from "./viewer.ts";

// Nothing that was done is told of before the first page is there, so this waits until the browser has nothing else to do.
const Notices = lazily(async () => {
  await new Promise((done) =>
    "requestIdleCallback" in window ? requestIdleCallback(done) : setTimeout(done),
  );
  return import("./Notices.tsx");
});

// What one role was told is not for another.
const forgetAnswers = () => queryClient.clear();

/** The pages, or the form for the token on top of them. `asked`: whose the token is that is kept, which is being asked already. */
export function App({ asked }: { asked: Promise<Viewer> | null }) {
  const { token, viewer, lastViewer, problem, checking, firstCheck, signIn, onRefused } = useSignIn(
    forgetAnswers,
    asked,
  );
  if (token !== null) session.begin(token, onRefused);
  const sees = lastViewer && `${lastViewer.role} ${lastViewer.space}`;
  const isFormUp = viewer === null && !firstCheck;

  useEffect(() => {
    if (isFormUp) document.title = "Sign in · Heliograph";
  }, [isFormUp]);

  return (
    <MantineProvider theme={theme} defaultColorScheme="auto" getStyleNonce={() => nonce}>
      <Suspense>
        <Notices />
      </Suspense>
      {lastViewer && (
        // Under the form nothing of a page is seen, asked or followed, and what was typed into it stays.
        <Activity mode={viewer ? "visible" : "hidden"}>
          <ViewerContext value={lastViewer}>
            <QueryClientProvider client={queryClient}>
              <RouterProvider key={sees} router={router} />
            </QueryClientProvider>
          </ViewerContext>
        </Activity>
      )}
      {firstCheck && <p className="wait">Checking the token …</p>}
      {isFormUp && (
        <main>
          <h1 className={classes.above}>
            <img src={mark} alt="" width="24" height="24" />
            Heliograph
          </h1>
          <SignIn checking={checking} problem={problem} onSubmit={signIn} />
        </main>
      )}
    </MantineProvider>
  );
}
