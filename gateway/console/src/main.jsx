import { createRoot } from "react-dom/client";

import { App } from "./App.jsx";
import { showStoredTheme } from "./storage.js";
import { takeTokenFromAddress } from "./token.js";
import "./style.css";

takeTokenFromAddress();
showStoredTheme();
createRoot(document.getElementById("console")).render(<App />);
