import { defineConfig } from "vite";

export default defineConfig({
  base: "/console/",
  build: {
    outDir: "static",
    emptyOutDir: true,
    // What is bundled is shipped, so the licences of its parts go along.
    license: { fileName: "licenses.md" },
    // Monaco is one large piece by nature, and comes from the same machine.
    chunkSizeWarningLimit: 4096,
    // "use client" means something to server-side rendering only; hundreds of files say it.
    rolldownOptions: { checks: { moduleLevelDirective: false } },
  },
  worker: { format: "es" },
  server: {
    // `npm run dev` answers a browser's GET itself and leaves the API to a running `heliograph serve`.
    proxy: { "/graphql": { target: "http://127.0.0.1:8080", bypass: pageForGet } },
  },
});

function pageForGet(request) {
  return request.method === "GET" ? "/console/index.html" : undefined;
}
