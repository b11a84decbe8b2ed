// Wrapped here because the wrappers that GraphiQL ships break Vite's dev server; Monaco reads
// MonacoEnvironment when it starts, so this module is imported before GraphiQL.
import EditorWorker from "monaco-editor/esm/vs/editor/editor.worker.js?worker";
import JsonWorker from "monaco-editor/esm/vs/language/json/json.worker.js?worker";

import GraphQLWorker from "./graphql.worker.js?worker";

const WORKERS = { json: JsonWorker, graphql: GraphQLWorker };

globalThis.MonacoEnvironment = {
  getWorker: (_id, label) => new (WORKERS[label] ?? EditorWorker)(),
};
