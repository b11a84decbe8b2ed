import { createRoot } from "react-dom/client";

import { whoAmI } from "./api/request.ts";
import { readToken, takeTokenFromAddress } from "./api/token.ts";
import { App } from "./shell/App.tsx";
import { router } from "./shell/router.tsx";

takeTokenFromAddress();
const token = readToken();
// Nothing is shown before it is known whose token it is, and a browser asks a server six things at a time: this one is the first.
const asked = token === null ? null : whoAmI(token);
// What became of it is told where it is waited for.
asked?.catch(() => {});
// What the page is made of, and what it shows first, are fetched meanwhile.
if (token !== null) void router.load();
createRoot(document.getElementById("page") as HTMLElement).render(<App asked={asked} />);
