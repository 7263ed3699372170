/** What the page of deployments asks of the server. */
import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { useEffect, useMemo } from "react";
import { ask } from "../../api/client";
import { Deployed, DeployedEvents, type DeployedEventsQueryVariables, type EntityFilter } from "../../api/generated";

/** All rows of the matrix; further pages follow by themselves. */
export function useDeployed(filter: EntityFilter, drifting: boolean, environment: string | undefined, at: string | undefined) {
  const asked = { at: at ?? null, filter, drifting, environment: environment ?? null };
  const answering = useInfiniteQuery({
    queryKey: [Deployed, asked],
    queryFn: ({ pageParam, signal }) => ask(Deployed, { ...asked, after: pageParam }, signal),
    initialPageParam: null as string | null,
    getNextPageParam: ({ deployed: { pageInfo } }) => (pageInfo.hasNextPage ? pageInfo.endCursor : undefined),
    placeholderData: keepPreviousData,
  });
  const { hasNextPage, isFetchingNextPage, fetchNextPage, isPlaceholderData } = answering;
  useEffect(() => {
    if (hasNextPage && !isFetchingNextPage && !isPlaceholderData) void fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, isPlaceholderData, fetchNextPage]);
  const pages = answering.data?.pages;
  const data = useMemo(() => {
    const first = pages?.[0]?.deployed;
    return first
      ? {
          rows: pages.flatMap(({ deployed }) => deployed.nodes),
          environments: first.environments,
          total: first.totalCount,
          hint: first.hint,
        }
      : undefined;
  }, [pages]);
  return { data, error: answering.error, isFetching: answering.isFetching, refetch: answering.refetch };
}

type Wanted = Omit<DeployedEventsQueryVariables, "first" | "after">;

/** Events, newest first, a page at a time. */
export function useEvents(wanted: Wanted, first = 100, enabled = true) {
  const answering = useInfiniteQuery({
    queryKey: [DeployedEvents, wanted, first],
    queryFn: ({ pageParam, signal }) => ask(DeployedEvents, { ...wanted, first, after: pageParam }, signal),
    initialPageParam: null as string | null,
    getNextPageParam: ({ events: { pageInfo } }) => (pageInfo.hasNextPage ? pageInfo.endCursor : undefined),
    placeholderData: keepPreviousData,
    enabled,
  });
  const pages = answering.data?.pages;
  const data = useMemo(
    () =>
      pages
        ? { nodes: pages.flatMap(({ events }) => events.nodes), total: pages[0]?.events.totalCount ?? 0, hint: pages[0]?.events.hint }
        : undefined,
    [pages],
  );
  return { ...answering, data };
}
