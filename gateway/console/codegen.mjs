// Writes, beside each `name.graphql`, a `name.graphql.ts` with its operations as typed values, checked against the
// schema; `src/api/schema.ts` with the types that they share; and `src/api/words.ts`, in which each member of an enum
// has the words that the schema has for it. Nothing that it writes is committed.
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { codegen } from "@graphql-codegen/core";
import { preset } from "@graphql-codegen/near-operation-file-preset";
import * as typedDocumentNode from "@graphql-codegen/typed-document-node";
import * as typescript from "@graphql-codegen/typescript";
import * as typescriptOperations from "@graphql-codegen/typescript-operations";
import { buildASTSchema, Kind, parse } from "graphql";

const SCHEMA_TYPES = "src/api/schema.ts";
const WORDS = "src/api/words.ts";
const SETTINGS = {
  scalars: { DateTime: "string", JSON: "unknown", Secret: "string", ID: "string" },
  documentMode: "string",
  enumsAsConst: true,
  useTypeImports: true,
};

const schema = parse(await readFile("schema.graphql", "utf8"));
const schemaAst = buildASTSchema(schema);
const pluginMap = { typescript, typescriptOperations, typedDocumentNode };

const names = (await readdir("src", { recursive: true })).filter(
  (name) => name.endsWith(".graphql") && !name.startsWith("graphiql"),
);
const documents = await Promise.all(
  names.sort().map(async (name) => {
    const location = join("src", name);
    return { location, document: parse(await readFile(location, "utf8")) };
  }),
);

const shared = {
  filename: SCHEMA_TYPES,
  schema,
  schemaAst,
  documents: [],
  config: SETTINGS,
  pluginMap,
  plugins: [{ typescript: {} }],
};
const beside = await preset.buildGeneratesSection({
  baseOutputDir: ".",
  schema,
  schemaAst,
  documents,
  config: SETTINGS,
  pluginMap,
  plugins: [{ typescriptOperations: {} }, { typedDocumentNode: {} }],
  presetConfig: { baseTypesPath: SCHEMA_TYPES, extension: ".graphql.ts", cwd: "." },
});
for (const one of [shared, ...beside]) await writeFile(one.filename, withoutUnused(await codegen(one)));

const enums = schema.definitions.filter((one) => one.kind === Kind.ENUM_TYPE_DEFINITION);
const words = Object.fromEntries(
  enums.map(({ name, values }) => [
    name.value,
    Object.fromEntries(values.map((value) => [value.name.value, value.description?.value ?? ""])),
  ]),
);
await writeFile(WORDS, `export const WORDS = ${JSON.stringify(words, null, 2)} as const;\n`);

/** It imports the shared types even where an operation has none of them, which tsc takes for a mistake. */
function withoutUnused(code) {
  return code.includes("Types.") ? code : code.replace(/^import type \* as Types .*\n/m, "");
}
