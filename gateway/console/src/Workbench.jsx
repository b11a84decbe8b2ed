import "./workers.js";

import { explorerPlugin } from "@graphiql/plugin-explorer";
import { GraphiQL, HISTORY_PLUGIN } from "graphiql";
import { useMemo } from "react";

import "graphiql/style.css";
import "@graphiql/plugin-explorer/style.css";
import "./graphiql.css";

import { createFetcher } from "./fetcher.js";
import catalogue from "./queries/catalogue.graphql?raw";
import overview from "./queries/overview.graphql?raw";
import { storage } from "./storage.js";

const PLUGINS = [HISTORY_PLUGIN, explorerPlugin({ showAttribution: false })];
const TABS = [{ query: overview }, { query: catalogue }];

/** GraphiQL over this server's API. Headers have no editor: the token is given in one place. */
export default function Workbench({ token, onRefused }) {
  const fetcher = useMemo(() => createFetcher(token, onRefused), [token, onRefused]);
  return (
    <GraphiQL
      fetcher={fetcher}
      storage={storage}
      plugins={PLUGINS}
      defaultTabs={TABS}
      defaultQuery=""
      isHeadersEditorEnabled={false}
      shouldPersistHeaders={false}
    >
      <GraphiQL.Logo>
        <span />
      </GraphiQL.Logo>
    </GraphiQL>
  );
}
