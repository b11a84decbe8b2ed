// Vite's dev server readies the CommonJS parts of a dependency only where one of our own files imports it.
import "monaco-graphql/esm/graphql.worker.js";
