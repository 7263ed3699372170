/** What the timeline asks of the server: whom it is about, counts, values of fields, and the changes themselves. */
import { type QueryClient, useQueries, useQueryClient } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { ask } from "../../api/client";
import {
  type EventKind,
  type Facet,
  type LaneBy,
  TimelineChanges,
  type TimelineChangesQuery,
  TimelineEntity,
  type TimelineEntityQuery,
  TimelineFailures,
  TimelineLanes,
  TimelineSteps,
} from "../../api/generated";
import { percent } from "../../lib/text";
import { asked, type Topic } from "../../lib/topic";
import { useAsk } from "../../shell/data";
import { type CountLane, countLanes, type Failures, type LevelLane, levelsOf, type StepLane, segmentsOf } from "./lanes";
import { lengthOf, type Range, stepFor, windowOf } from "./range";
import { type Block, type DayRows, PAGE, pageOf } from "./rows";
import type { Scope } from "./scope";

type Found = NonNullable<TimelineEntityQuery["entity"]["entity"]>;

/** A change or an event. */
export type TimelineNode = TimelineChangesQuery["timeline"]["nodes"][number];

/** What of all changes and events is asked for. */
export interface Selection {
  of: string[] | null;
  team: string | null;
  facets: Facet[] | null;
  events: EventKind[] | null;
}

/** Whom a scope means. */
export interface Resolved {
  isLoading: boolean;
  error: Error | null;
  retry: () => void;
  entities: Found[];
  /** Refs that nobody ever had, with what the server says of them. */
  unknown: { ref: string; hint: string | null }[];
}

/** Finds the entities or the team that a scope names, as of the day that is looked at. */
export function useResolved(scope: Scope, at: string | undefined): Resolved {
  const refs = scope.kind === "entities" ? scope.refs : scope.kind === "team" ? [scope.ref] : [];
  const answers = useQueries({
    queries: refs.map((ref) => ({
      queryKey: [TimelineEntity, { ref, at: at ?? null }],
      queryFn: ({ signal }: { signal: AbortSignal }) => ask(TimelineEntity, { ref, at: at ?? null }, signal),
      placeholderData: (previous: TimelineEntityQuery | undefined) => previous,
    })),
  });
  return {
    isLoading: answers.some(({ data, error }) => data === undefined && error === null),
    error: answers.find(({ error, data }) => error && data === undefined)?.error ?? null,
    retry: () => {
      for (const { error, refetch } of answers) if (error) void refetch();
    },
    entities: answers.flatMap(({ data }) => data?.entity.entity ?? []),
    unknown: answers.flatMap(({ data }, place) => {
      const ref = refs[place];
      return data && data.entity.entity === null && ref !== undefined ? [{ ref, hint: data.entity.hint }] : [];
    }),
  };
}

/** What to ask for, once a scope is resolved. */
export function selectionOf(scope: Scope, resolved: Resolved, topics: readonly Topic[]): Selection | undefined {
  const kept = asked(topics);
  if (scope.kind === "all") return { of: null, team: null, ...kept };
  if (resolved.isLoading || resolved.unknown.length > 0 || resolved.entities.length === 0) return undefined;
  const ids = resolved.entities.map(({ id }) => id);
  if (scope.kind === "entities") return { of: ids, team: null, ...kept };
  return { of: null, team: ids[0] ?? null, ...kept };
}

const NOTHING: Selection = { of: null, team: null, facets: null, events: null };

/** The changes and events of every day and topic around a range: what the overview, the lanes and the list are made of. */
export function useCounts(selection: Selection | undefined, range: Range, bounds: Range) {
  const { from, to } = windowOf(range, bounds);
  // All topics are counted, so that those left out can be offered.
  const variables = { ...(selection ?? NOTHING), facets: null, events: null, from, to, by: "FACET" as LaneBy, every: "DAY" as const };
  return useAsk(TimelineLanes, variables, { enabled: selection !== undefined });
}

/** The failed deployments and rollouts of a range, for the lanes of such that there are. */
export function useFailures(selection: Selection | undefined, { from, to }: Range): Failures | undefined {
  const { of, team } = selection ?? NOTHING;
  const { data } = useAsk(TimelineFailures, { of, team, from, to }, { enabled: selection !== undefined });
  return useMemo(() => (data ? { nodes: data.events.nodes, hasMore: data.events.pageInfo.hasNextPage } : undefined), [data]);
}

/**
 * The lanes of entities with the most changes in a range. Exactly the range is asked for: of a wider one the server would
 * give the entities that changed most there, and of those none may have changed here.
 */
export function useEntityLanes(selection: Selection | undefined, { from, to }: Range): { lanes: CountLane[]; isLoading: boolean } {
  const step = stepFor(lengthOf({ from, to }));
  const variables = { ...(selection ?? NOTHING), from, to, by: "ENTITY" as LaneBy, every: step };
  const { data, isPlaceholderData } = useAsk(TimelineLanes, variables, { enabled: selection !== undefined });
  // While another range is on its way, what is shown are steps of the range before.
  const [known, setKnown] = useState(step);
  if (!isPlaceholderData && known !== step) setKnown(step);
  const counted = isPlaceholderData ? known : step;
  const lanes = useMemo(() => countLanes(data?.timeline.lanes ?? [], counted), [data, counted]);
  return { lanes, isLoading: selection !== undefined && data === undefined };
}

const STEPS = [
  ["gate", "Quality gate", "--lane-quality"],
  ["latest", "Latest version", "--lane-package"],
  ["owner", "Owner", "--lane-general"],
  ["lifecycle", "Lifecycle", "--lane-relations"],
  ["status", "Status", "--lane-kubernetes"],
  ["version", "Version", "--lane-dependencies"],
  ["system", "System", "--lane-documentation"],
] as const;

/** The values through time of an entity's most telling fields. */
export function useStepLanes(id: string | undefined, zone: string, end: number): (StepLane | LevelLane)[] {
  const { data } = useAsk(TimelineSteps, { of: id ?? "" }, { enabled: id !== undefined });
  return useMemo(() => {
    if (!data || id === undefined) return [];
    const lanes = STEPS.map(([field, name, colour]): StepLane => {
      return { kind: "values", id: field, name, colour, segments: segmentsOf(data[field].nodes, zone, end) };
    });
    const levels = levelsOf(data.coverage.nodes, zone, end);
    const names = segmentsOf(data.name.nodes, zone, end);
    // That it has a name goes without saying; that it had others does not.
    if (names.length > 1) lanes.unshift({ kind: "values", id: "name", name: "Name", colour: "--lane-package", segments: names });
    const shown: (StepLane | LevelLane)[] = lanes.filter(({ segments }) => segments.length > 0);
    if (levels.length === 0) return shown;
    const coverage: LevelLane = {
      kind: "levels",
      id: "coverage",
      name: "Coverage",
      colour: "--lane-quality",
      levels,
      format: (value) => percent(value),
    };
    return shown.toSpliced(shown.findIndex(({ id: each }) => each === "gate") + 1, 0, coverage);
  }, [data, id, zone, end]);
}

interface Page {
  nodes: TimelineNode[];
  end: string | null;
}

/** A page of a block; the pages before it are asked for first where they are not known, for the cursor. */
async function pageIn(cache: QueryClient, selection: Selection, block: Range, page: number): Promise<Page> {
  let after: string | null = null;
  if (page > 0) {
    const before = await cache.ensureQueryData(pageQuery(cache, selection, block, page - 1));
    if (before.end === null) return { nodes: [], end: null };
    after = before.end;
  }
  const { from, to } = block;
  const { timeline } = await ask(TimelineChanges, { ...selection, from, to, first: PAGE, after });
  return { nodes: timeline.nodes, end: timeline.pageInfo.hasNextPage ? timeline.pageInfo.endCursor : null };
}

function pageQuery(cache: QueryClient, selection: Selection, { from, to }: Range, page: number) {
  return {
    queryKey: [TimelineChanges, selection, from, to, page],
    queryFn: () => pageIn(cache, selection, { from, to }, page),
  };
}

/** The changes of a list by place, as far as they are loaded. */
export interface Loaded {
  at: (day: DayRows, place: number) => TimelineNode | undefined;
  error: Error | null;
  retry: () => void;
  isLoading: boolean;
}

/** Loads the pages of a list that are looked at. */
export function useRows(selection: Selection | undefined, wanted: readonly { block: Block; page: number }[]): Loaded {
  const cache = useQueryClient();
  const answers = useQueries({
    queries: selection ? wanted.map(({ block, page }) => pageQuery(cache, selection, block, page)) : [],
  });
  const error = answers.find(({ error: found, data }) => found && !data)?.error ?? null;
  return {
    at: (day, place) => {
      const { page, place: onPage } = pageOf(day, place);
      const found = wanted.findIndex((each) => each.block.to === day.block.to && each.page === page);
      return answers[found]?.data?.nodes[onPage];
    },
    error,
    retry: () => {
      for (const answer of answers) if (answer.error) void answer.refetch();
    },
    isLoading: answers.some(({ isFetching }) => isFetching),
  };
}

/** The most changes that a text is looked for in: these are all loaded. */
export const SEARCHED_AT_MOST = 2000;

/** All changes of some blocks, newest first; nothing before the last of them is there. */
export function useAll(selection: Selection | undefined, blocks: readonly Block[], enabled: boolean) {
  const cache = useQueryClient();
  const pages = blocks.flatMap((block) =>
    Array.from({ length: Math.max(1, Math.ceil(block.count / PAGE)) }, (_, page) => ({ block, page })),
  );
  const answers = useQueries({
    queries: selection && enabled ? pages.map(({ block, page }) => pageQuery(cache, selection, block, page)) : [],
    combine: (results) => ({
      nodes: results.every(({ data }) => data !== undefined) ? results.flatMap(({ data }) => data?.nodes ?? []) : undefined,
      error: results.find(({ error }) => error)?.error ?? null,
    }),
  });
  return enabled ? answers : { nodes: undefined, error: null };
}
