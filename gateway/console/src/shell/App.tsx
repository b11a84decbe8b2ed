// The styles of each component come along with it: vite.config.js.
import "@mantine/core/styles/baseline.layer.css";
import "@mantine/core/styles/default-css-variables.layer.css";
import "@mantine/core/styles/global.layer.css";
import "@mantine/notifications/styles.layer.css";
import "./app.css";

import { MantineProvider } from "@mantine/core";
import { Notifications } from "@mantine/notifications";
import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { queryClient } from "../api/queries.ts";
import { session } from "../api/session.ts";
import mark from "../heliograph.svg";
import { SignIn } from "../sign-in/SignIn.tsx";
import { useSignIn } from "../sign-in/useSignIn.ts";
import classes from "./App.module.css";
import { nonce } from "./nonce.ts";
import { router } from "./router.tsx";
import { theme } from "./theme.ts";
import { ViewerContext } from "./viewer.ts";

/** The pages, or the form for the token on top of them. */
export function App() {
  const { token, viewer, problem, checking, firstCheck, signIn, onRefused } = useSignIn();
  if (token !== null) session.begin(token, onRefused);

  return (
    <MantineProvider theme={theme} defaultColorScheme="auto" getStyleNonce={() => nonce}>
      <Notifications position="bottom-right" containerWidth={360} />
      {viewer && (
        <ViewerContext value={viewer}>
          <QueryClientProvider client={queryClient}>
            <RouterProvider router={router} />
          </QueryClientProvider>
        </ViewerContext>
      )}
      {firstCheck && <p className="wait">Checking the token …</p>}
      {viewer === null && !firstCheck && (
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
