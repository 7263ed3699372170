/** Rows of a list, page after page. */
import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { useCallback, useMemo, useState } from "react";
import type { List, Page, Row, Wanted } from "./lists";

/** The first page is small, so that the first rows are there soon. */
const FIRST = 100;

/** The rows that are loaded, and how many there are. */
export interface Loaded {
  rows: Row[];
  total: number;
  hint: string | null;
  /** They belong to what was asked before; the answer to what is asked now is on its way, or failed. */
  isOld: boolean;
}

/** Loads rows as they are needed. What was loaded stays until there is an answer to something else. */
export function useRows(list: List, wanted: Wanted) {
  const { data, error, isFetching, isPlaceholderData, refetch, fetchNextPage, hasNextPage } = useInfiniteQuery({
    queryKey: ["catalog", list.name, wanted],
    queryFn: ({ pageParam, signal }) => list.load(wanted, pageParam, pageParam === null ? FIRST : list.page, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (page: Page) => page.next,
    placeholderData: keepPreviousData,
  });
  // A question that fails has no rows; those of the one before stay.
  const [kept, keep] = useState(data);
  if (data !== undefined && data !== kept) keep(data);
  const shown = data ?? kept;
  const loaded = useMemo<Loaded | undefined>(() => {
    const last = shown?.pages.at(-1);
    if (!shown || !last) return undefined;
    return {
      rows: shown.pages.flatMap(({ rows }) => rows),
      total: last.total,
      hint: last.hint,
      isOld: isPlaceholderData || data === undefined,
    };
  }, [shown, data, isPlaceholderData]);
  const canGoOn = hasNextPage && !isPlaceholderData;
  const more = useCallback(() => {
    if (canGoOn) void fetchNextPage({ cancelRefetch: false });
  }, [canGoOn, fetchNextPage]);
  return { loaded, error, isFetching, refetch, more };
}
