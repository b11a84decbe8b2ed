import "./workers.js";

import { explorerPlugin } from "@graphiql/plugin-explorer";
import { GraphiQL, HISTORY_PLUGIN } from "graphiql";
import { useMemo, useState } from "react";

import "graphiql/style.css";
import "@graphiql/plugin-explorer/style.css";
import "./graphiql.css";

import { createFetcher } from "./fetcher.js";
import { Notices } from "./Notices.jsx";
import { storage } from "./storage.js";
import { TABS } from "./tabs.js";

const PLUGINS = [HISTORY_PLUGIN, explorerPlugin({ showAttribution: false })];

/** GraphiQL over this server's API. Headers have no editor: the token is given in one place. */
export default function Workbench({ token, onRefused }) {
  const [stream, setStream] = useState(null);
  const fetcher = useMemo(() => createFetcher(token, { onRefused, onStream: setStream }), [token, onRefused]);
  return (
    <GraphiQL
      fetcher={fetcher}
      storage={storage}
      plugins={PLUGINS}
      defaultTabs={TABS}
      defaultQuery=""
      defaultEditorToolsVisibility="variables"
      isHeadersEditorEnabled={false}
      shouldPersistHeaders={false}
    >
      <GraphiQL.Logo>
        <span />
      </GraphiQL.Logo>
      <GraphiQL.Footer>
        <Notices stream={stream} />
      </GraphiQL.Footer>
    </GraphiQL>
  );
}
