import { createRoot } from "react-dom/client";

import { takeTokenFromAddress } from "./api/token.ts";
import { App } from "./shell/App.tsx";

takeTokenFromAddress();
createRoot(document.getElementById("page") as HTMLElement).render(<App />);
