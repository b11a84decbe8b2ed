import { createRoot } from "react-dom/client";

import { readToken, takeTokenFromAddress } from "./api/token.ts";
import { App } from "./shell/App.tsx";
import { router } from "./shell/router.tsx";

takeTokenFromAddress();
// What the page is made of, and what it shows first, are fetched while the token is checked.
if (readToken() !== null) void router.load();
createRoot(document.getElementById("page") as HTMLElement).render(<App />);
