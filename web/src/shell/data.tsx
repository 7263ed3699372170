/** What all pages share of the server: questions with a cache, and the state of the store. */
import { keepPreviousData, QueryClient, type UseQueryResult, useQuery, useQueryClient } from "@tanstack/react-query";
import { createContext, type ReactNode, useContext, useEffect, useRef } from "react";
import { AskError, ask, type Question } from "../api/client";
import { Status, type StatusQuery } from "../api/generated";

/** The cache of answers. What is in it is shown at once, and asked for anew when the store has grown. */
export function newCache(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: Number.POSITIVE_INFINITY,
        gcTime: 10 * 60_000,
        // Only what may be better in a moment is tried again; the reader need not wait for the rest.
        retry: (failures, error) => failures < 1 && isUnreachable(error),
        retryDelay: 400,
        refetchOnWindowFocus: false,
        networkMode: "always",
      },
    },
  });
}

/** Asks a question. What was answered before stays while an answer to other variables is on its way. */
export function useAsk<Data, Variables>(
  question: Question<Data, Variables>,
  variables: Variables,
  options: { enabled?: boolean } = {},
): UseQueryResult<Data> {
  return useQuery({
    queryKey: [question, variables],
    queryFn: ({ signal }) => ask(question, variables, signal),
    placeholderData: keepPreviousData,
    enabled: options.enabled ?? true,
  });
}

/** What the pages know of the server; `undefined` until it has answered once. */
export interface ServerState {
  status: StatusQuery | undefined;
  /** It answered before and does not any more. */
  isGone: boolean;
}

const ServerContext = createContext<ServerState>({ status: undefined, isGone: false });

/** The state of the server, asked again every few seconds. */
export function useServer(): ServerState {
  return useContext(ServerContext);
}

const BUSY_MS = 2_000;
const IDLE_MS = 15_000;

/** Follows the state of the server; when the store has grown, everything shown is asked for anew. */
export function ServerProvider({ children }: { children: ReactNode }) {
  const cache = useQueryClient();
  const { data, error } = useQuery({
    queryKey: [Status],
    queryFn: ({ signal }) => ask(Status, {}, signal),
    staleTime: 0,
    refetchOnWindowFocus: true,
    refetchInterval: ({ state }) => (state.error || isBusy(state.data) ? BUSY_MS : IDLE_MS),
  });
  const generation = data?.store.generation;
  const known = useRef<string | undefined>(undefined);
  useEffect(() => {
    if (generation === undefined) return;
    if (known.current !== undefined && known.current !== generation) {
      void cache.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] !== Status });
    }
    known.current = generation;
  }, [generation, cache]);
  const isGone = data !== undefined && isUnreachable(error);
  // Whatever else finds nobody there is told to the reader at once, not at the next time of asking.
  useEffect(
    () =>
      cache.getQueryCache().subscribe((event) => {
        if (event.type !== "updated" || event.action.type !== "error" || event.query.queryKey[0] === Status) return;
        if (isUnreachable(event.action.error)) void cache.refetchQueries({ queryKey: [Status] }, { cancelRefetch: false });
      }),
    [cache],
  );
  const wasGone = useRef(false);
  useEffect(() => {
    if (wasGone.current && !isGone)
      void cache.invalidateQueries({ predicate: ({ queryKey, state }) => queryKey[0] !== Status && state.status === "error" });
    wasGone.current = isGone;
  }, [isGone, cache]);
  return <ServerContext value={{ status: data, isGone }}>{children}</ServerContext>;
}

function isUnreachable(error: unknown): boolean {
  return error instanceof AskError && error.trouble === "unreachable";
}

function isBusy(status: StatusQuery | undefined): boolean {
  return status !== undefined && (status.store.rebuilding !== null || status.collectors.some(({ running }) => running !== null));
}
