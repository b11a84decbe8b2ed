import { defineConfig } from "vite";
import { compression } from "vite-plugin-compression2";

/** `vite build --mode page` makes the operator's page alone, and quickly: for whoever works on it. */
export default defineConfig(({ mode }) => ({
  base: "/console/",
  // The server puts a nonce of its own, new each time, where this word stands.
  html: { cspNonce: "CSP_NONCE" },
  plugins: mode === "page" ? [] : [compression({ algorithms: ["gzip"], include: /\.(js|css)$/ })],
  build: {
    outDir: "static",
    emptyOutDir: true,
    manifest: true,
    // What is bundled is shipped, so the licences of its parts go along.
    license: { fileName: "licenses.md" },
    // Monaco is one large piece by nature, and comes from the same machine.
    chunkSizeWarningLimit: 4096,
    rolldownOptions: {
      input: mode === "page" ? ["index.html"] : ["index.html", "graphiql.html"],
      // "use client" means something to server-side rendering only; hundreds of files say it.
      checks: { moduleLevelDirective: false },
    },
  },
  worker: { format: "es" },
  server: {
    // `npm run dev` answers a browser's GET of a page itself and leaves the rest to a running `heliograph serve`.
    proxy: {
      "/graphql": { target: "http://127.0.0.1:8080", bypass: graphiqlForGet },
      "/uploads": { target: "http://127.0.0.1:8080" },
      "/exports": { target: "http://127.0.0.1:8080" },
    },
  },
}));

function graphiqlForGet(request) {
  return request.method === "GET" ? "/console/graphiql.html" : undefined;
}
