import { createRoot } from "react-dom/client";
import { takeTokenFromAddress } from "../api/token.ts";
import { App } from "./App.jsx";
import { showStoredTheme } from "./storage.js";
import "./style.css";

takeTokenFromAddress();
showStoredTheme();
createRoot(document.getElementById("console")).render(<App />);
