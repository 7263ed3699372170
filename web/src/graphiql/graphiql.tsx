import { useEditorContext, useExecutionContext } from "@graphiql/react";
import type { Fetcher, FetcherParams } from "@graphiql/toolkit";
import { GraphiQL } from "graphiql";
import type { ExecutionResult } from "graphql";
import { getOperationAST, parse } from "graphql";
import { useEffect, useRef } from "react";
import { createRoot } from "react-dom/client";
import "graphiql/style.css";
import "./graphiql.css";
import { post } from "../api/client";
import { eventsOf } from "../api/events";

const example = `# What does spot hold today? Press Ctrl-Enter to ask, Ctrl-Space for what can be asked.
{
  version
}
`;

const fetcher: Fetcher = async (params) => {
  if (isSubscription(params)) return subscribe(params);
  return (await post("/graphql", params)).json();
};

function isSubscription({ query, operationName }: FetcherParams): boolean {
  return getOperationAST(parse(query), operationName)?.operation === "subscription";
}

async function* subscribe(params: FetcherParams): AsyncGenerator<ExecutionResult> {
  const response = await post("/graphql/stream", params);
  if (!response.ok || !response.body) {
    yield await response.json();
    return;
  }
  for await (const event of eventsOf(response.body)) {
    if (event.name === "complete") return;
    yield JSON.parse(event.data);
  }
}

/** The question in the URL, so that a copied link shows a colleague the same thing. */
const linked = new URLSearchParams(location.search).get("query");

function remember(query: string): void {
  history.replaceState(null, "", `?${new URLSearchParams({ query })}`);
}

/** Asks the question of a link once the editors stand. Following a link only ever reads. */
function RunLinked(): null {
  const execution = useExecutionContext();
  const editors = useEditorContext();
  const ready = Boolean(execution && editors?.queryEditor && editors.variableEditor && editors.responseEditor);
  const started = useRef(false);
  useEffect(() => {
    if (!ready || started.current || !linked) return;
    started.current = true;
    if (reads(linked)) execution?.run();
  });
  return null;
}

function reads(query: string): boolean {
  try {
    return getOperationAST(parse(query))?.operation === "query";
  } catch {
    return false;
  }
}

const root = document.querySelector("#graphiql");
if (root) {
  createRoot(root).render(
    <GraphiQL fetcher={fetcher} defaultQuery={example} onEditQuery={remember} {...(linked ? { query: linked } : {})}>
      <GraphiQL.Toolbar>
        {({ prettify, merge, copy }) => (
          <>
            {prettify}
            {merge}
            {copy}
            <RunLinked />
          </>
        )}
      </GraphiQL.Toolbar>
    </GraphiQL>,
  );
}
