/** What the board asks of the server. */
import { keepPreviousData, useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { ask, type Question } from "../../api/client";
import {
  Board,
  type BoardFigureFragment,
  BoardIncidents,
  BoardMovers,
  type BoardQuery,
  BoardRecords,
  BoardValues,
  type Metric,
} from "../../api/generated";
import { type Change, changeOf } from "../../lib/figure";
import { type Period, stretchOf } from "../../lib/period";
import type { Only } from "./address";

/** What the whole board is about. */
export interface Asked {
  period: Period;
  /** A ref; null for the organisation. */
  of: string | null;
  at: string | null;
}

/** A figure with how it changed against what the reader compares with. */
export interface Told extends BoardFigureFragment {
  before: number | null;
  changed: Change | undefined;
}

/** The board as it is answered; it is not there for a period that has not begun. */
export type BoardAnswer = NonNullable<BoardQuery["board"]>;

const PERIODS = 13;
/** A wall asks again by itself, though nothing told it that the store has grown. */
const EVERY_MS = 60_000;

function useEvery<Data, Variables>(question: Question<Data, Variables>, variables: Variables, isWall: boolean, enabled = true) {
  return useQuery({
    queryKey: [question, variables],
    queryFn: ({ signal }) => ask(question, variables, signal),
    placeholderData: keepPreviousData,
    refetchInterval: isWall ? EVERY_MS : false,
    refetchIntervalInBackground: true,
    enabled,
  });
}

/** The figures of a period, and what they are made of. */
export function useBoard({ period, of, at }: Asked, isWall: boolean) {
  return useEvery(Board, { period: period.text, of, at }, isWall);
}

/** Values of another period, by what they are of. */
export type Others = ReadonlyMap<Metric, { value: number | null; covered: number | null }>;

/** The values a year before, if they are wanted. */
export function useYearBefore({ of, at }: Asked, year: Period, isWanted: boolean, isWall: boolean): Others | undefined {
  const { data } = useEvery(BoardValues, { period: year.text, of, at }, isWall, isWanted);
  return useMemo(() => (isWanted ? new Map(data?.board?.figures.map((each) => [each.metric, each])) : undefined), [data, isWanted]);
}

/** Figures by what they are of, each with its change against the period before or the values given. */
export function toldOf(figures: readonly BoardFigureFragment[], others: Others | undefined): Map<Metric, Told> {
  return new Map(
    figures.map((figure) => {
      const before = others ? comparable(figure, others) : figure.previous;
      return [figure.metric, { ...figure, before, changed: changeOf(figure, figure.value, before) }];
    }),
  );
}

/** The value to compare with; none, if much less was known then: its first days say nothing of a year. */
function comparable({ metric, covered }: BoardFigureFragment, others: Others): number | null {
  const other = others.get(metric);
  if (!other) return null;
  return other.covered !== null && other.covered < (covered ?? 1) / 2 ? null : other.value;
}

/** So many incidents can be drawn; more would be a grey bar. */
export const DRAWN_AT_MOST = 200;

/** The incidents of the thirteen periods. */
export function useIncidents({ period, of, at }: Asked, isWall: boolean) {
  return useEvery(BoardIncidents, { period: stretchOf(period, PERIODS).text, of, at, first: DRAWN_AT_MOST }, isWall);
}

/** Who moved most against the period before, or another one. */
export function useMovers({ period, of, at }: Asked, against: Period | undefined, metric: Metric, isWall: boolean) {
  return useEvery(BoardMovers, { period: period.text, against: against?.text ?? null, of, at, metric, first: 3 }, isWall);
}

const PAGE = 50;

/** The records behind a figure, or some of them, a page at a time. */
export function useRecords({ period, of, at }: Asked, metric: Metric, { priority, feature, isDueSoon }: Only) {
  const wanted = {
    period: period.text,
    of,
    at,
    metric,
    priority: priority === undefined ? null : [priority],
    feature: feature ?? null,
    dueSoon: isDueSoon ?? null,
  };
  const answering = useInfiniteQuery({
    queryKey: [BoardRecords, wanted],
    queryFn: ({ pageParam, signal }) => ask(BoardRecords, { ...wanted, first: PAGE, after: pageParam }, signal),
    initialPageParam: null as string | null,
    getNextPageParam: ({ board }) => {
      const info = board?.figures[0]?.records?.pageInfo;
      return info?.hasNextPage ? info.endCursor : undefined;
    },
  });
  const pages = answering.data?.pages;
  const data = useMemo(() => {
    const figure = pages?.[0]?.board?.figures[0];
    return pages
      ? {
          figure,
          nodes: pages.flatMap(({ board }) => board?.figures[0]?.records?.nodes ?? []),
          total: figure?.records?.totalCount ?? 0,
          hint: figure?.records?.hint,
        }
      : undefined;
  }, [pages]);
  return { ...answering, data };
}
