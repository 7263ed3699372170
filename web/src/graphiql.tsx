import { GraphiQL } from "graphiql";
import type { Fetcher, FetcherParams } from "@graphiql/toolkit";
import { getOperationAST, parse } from "graphql";
import type { ExecutionResult } from "graphql";
import { createRoot } from "react-dom/client";
import "graphiql/style.css";
import "./graphiql.css";
import { eventsOf } from "./events";
import { post } from "./graphql";

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

const root = document.querySelector("#graphiql");
if (root) createRoot(root).render(<GraphiQL fetcher={fetcher} defaultQuery={example} />);
