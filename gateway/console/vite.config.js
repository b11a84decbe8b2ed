import { access, readFile } from "node:fs/promises";

import { defineConfig } from "vite";
import { compression } from "vite-plugin-compression2";

const PACKAGES_OF_BOTH = [
  "react",
  "react-dom",
  "scheduler",
  "@floating-ui",
  "react-remove-scroll",
  "react-remove-scroll-bar",
  "react-style-singleton",
  "use-sidecar",
  "use-callback-ref",
  "get-nonce",
  "tslib",
];
const OF_BOTH = new RegExp(
  `/node_modules/(${PACKAGES_OF_BOTH.join("|")})/|/src/(sign-in/|api/(request|sse|token)|heliograph\\.svg)|vite/preload-helper`,
);

/** `vite build --mode page` makes the operator's page alone, and quickly: for whoever works on it. */
export default defineConfig(({ mode }) => ({
  base: "/console/",
  // The server puts a nonce of its own, new each time, where this word stands.
  html: { cspNonce: "CSP_NONCE" },
  plugins: [
    stylesOfComponents(),
    ...(mode === "page"
      ? []
      : [
          compression({ algorithms: ["gzip"], include: /\.(js|css)$/ }),
          // What GraphiQL is made of would take a minute, and its page is not for phones.
          compression({
            algorithms: ["brotliCompress"],
            include: /\.(js|css)$/,
            exclude: /worker|Workbench|[Mm]onaco|graphiql/,
          }),
        ]),
  ],
  build: {
    outDir: "static",
    emptyOutDir: true,
    manifest: true,
    // Every browser that can show the page preloads modules by itself.
    modulePreload: { polyfill: false },
    // What is bundled is shipped, so the licences of its parts go along.
    license: { fileName: "licenses.md" },
    // Monaco is one large piece by nature, and comes from the same machine.
    chunkSizeWarningLimit: 4096,
    rolldownOptions: {
      input: mode === "page" ? ["index.html"] : ["index.html", "graphiql.html"],
      // "use client" means something to server-side rendering only; hundreds of files say it.
      checks: { moduleLevelDirective: false },
      // One file of what the first page needs, and one of what GraphiQL's page needs of the same: each further request
      // costs a slow phone more than what is in it. What both need and is not named here would have GraphiQL load,
      // and begin, the first page too.
      output: {
        codeSplitting: {
          groups: [
            { name: "both", test: OF_BOTH, priority: 2 },
            { name: "first", test: /\/src\/(shell\/App|pages\/overview\/Overview)\.tsx$/, priority: 1 },
          ],
        },
      },
    },
  },
  worker: { format: "es" },
  // What is decided without a browser is tested without one, in a zone that is not UTC and has a summer time.
  test: { include: ["src/**/*.test.ts"], env: { TZ: "Europe/Vienna" } },
  server: {
    // `npm run dev` answers a browser's GET of a page itself and leaves the rest to a running `heliograph serve`.
    proxy: {
      "/graphql": { target: "http://127.0.0.1:8080", bypass: graphiqlForGet },
      "/uploads": { target: "http://127.0.0.1:8080" },
      "/exports": { target: "http://127.0.0.1:8080" },
    },
  },
}));

/** Each of Mantine's components brings its own styles, so that a page loads those of what it has, and no one has to list them. */
function stylesOfComponents() {
  return {
    name: "styles-of-components",
    transform: {
      filter: { id: /@mantine\/core\/esm\/.+\.module\.mjs$/ },
      async handler(code, id) {
        const [, root, component] = id.match(/^(.+\/@mantine\/core)\/esm\/.+\/([^/]+)\.module\.mjs$/);
        const styles = `${root}/styles/${component}.layer.css`;
        await access(styles);
        return { code: `import ${JSON.stringify(styles)};\n${code}`, map: null };
      },
    },
    /** A class that a script gives and Mantine has styles for, but no file of ours, fails the build. */
    async generateBundle(_, bundle) {
      const built = Object.values(bundle);
      const styled = classesOf(await readFile("node_modules/@mantine/core/styles.css", "utf8"));
      const here = classesOf(built.map((one) => (one.fileName.endsWith(".css") ? one.source : "")).join());
      const given = built.flatMap(
        (one) => (one.type === "chunk" ? one.code.match(/\bm_[0-9a-f]{6,8}\b/g) : []) ?? [],
      );
      const missing = given.filter((name) => styled.has(name) && !here.has(name));
      if (missing.length > 0)
        this.error(`These classes of Mantine have no styles here: ${missing.join(", ")}`);
    },
  };
}

function classesOf(styles) {
  return new Set(styles.match(/(?<=\.)m_[0-9a-f]{6,8}\b/g));
}

function graphiqlForGet(request) {
  return request.method === "GET" ? "/console/graphiql.html" : undefined;
}
