import { useNavigate, useSearch } from "@tanstack/react-router";
import { useCallback, useDeferredValue, useMemo, useState } from "react";
import { changeText } from "../../lib/change";
import { eventText, isEvent } from "../../lib/event";
import { type Day, dayOf, isDay, shortDay } from "../../lib/moment";
import { count, counted } from "../../lib/text";
import { readTopics, type Topic, writeTopics } from "../../lib/topic";
import { useServer } from "../../shell/data";
import { useMoment } from "../../shell/moment";
import { Button } from "../../ui/Button";
import { Failure, Lines, Message } from "../../ui/Panel";
import { useNarrow } from "../../ui/useMedia";
import { ChangeList } from "./ChangeList";
import { DayPanel } from "./DayPanel";
import { type CountLane, countLanes, type Lane, laneCounts, type Point, perDay, sum, totalIn, withFailures } from "./lanes";
import { boundsOf, clamped, presetRange, type Range, readRange, spanOf, writeRange } from "./range";
import { blocksOf, readDays, writeDays } from "./rows";
import { ScopeHead } from "./ScopeHead";
import { readLanes, readScope, type Scope, type TimelineSearch, writeScope } from "./scope";
import { TimelineChart } from "./TimelineChart";
import styles from "./TimelinePage.module.css";
import { Toolbar } from "./Toolbar";
import {
  SEARCHED_AT_MOST,
  type Selection,
  selectionOf,
  type TimelineNode,
  useAll,
  useCounts,
  useEntityLanes,
  useFailures,
  useResolved,
  useStepLanes,
} from "./useTimeline";

/** Lanes of entities that are shown at first. */
const LANES_AT_FIRST = 12;

/** What changed, when: of an entity, of what a team owned, or of everything. */
export default function TimelinePage() {
  const search: TimelineSearch = useSearch({ strict: false });
  const navigate = useNavigate();
  const moment = useMoment();
  const { status } = useServer();
  const scope = useMemo(() => readScope({ of: search.of, team: search.team, owned: search.owned }), [search.of, search.team, search.owned]);
  const resolved = useResolved(scope, moment.at);
  const change = useCallback(
    (next: Partial<TimelineSearch>, replace = false) => {
      void navigate({
        to: ".",
        search: (old: Record<string, unknown>) => ({ ...old, ...next }),
        replace,
        resetScroll: false,
      });
    },
    [navigate],
  );
  const chooseScope = useCallback(
    (next: Scope) => change({ ...writeScope(next), lanes: undefined, day: undefined, lane: undefined, q: undefined }),
    [change],
  );

  const head = <ScopeHead scope={scope} resolved={resolved} choose={chooseScope} />;
  if (status && status.store.earliest === null) {
    return (
      <div className={styles.page}>
        {head}
        <Message title="Nothing is recorded yet">
          <p>The timeline begins with the first run of a source. To know of the past at once, let a source tell its own history:</p>
          <p>
            <code>spot collect --backfill 5y</code>
          </p>
        </Message>
      </div>
    );
  }
  if (resolved.error) {
    return (
      <div className={styles.page}>
        {head}
        <Failure error={resolved.error} retry={resolved.retry} isRetrying={resolved.isLoading} />
      </div>
    );
  }
  if (resolved.unknown.length > 0) {
    return (
      <div className={styles.page}>
        {head}
        <Message title={`Nothing was ever called ${resolved.unknown.map(({ ref }) => ref.slice(0, 80)).join(", ")}`} role="alert">
          <p>The link may be mistyped. Refs are a kind and a name, such as service:checkout. Choose above what to show instead.</p>
          <p>
            <Button onPress={() => chooseScope({ kind: "all" })}>Show everything</Button>
          </p>
        </Message>
      </div>
    );
  }
  return (
    <div className={styles.page}>
      {head}
      <Timeline scope={scope} resolved={resolved} search={search} change={change} isKnown={status !== undefined} />
    </div>
  );
}

interface TimelineProps {
  scope: Scope;
  resolved: ReturnType<typeof useResolved>;
  search: TimelineSearch;
  change: (next: Partial<TimelineSearch>, replace?: boolean) => void;
  /** The server has said what today is. */
  isKnown: boolean;
}

function Timeline({ scope, resolved, search, change, isKnown }: TimelineProps) {
  const { day, today, first, zone, isPast } = useMoment();
  const isNarrow = useNarrow();
  const bounds = useMemo(() => boundsOf(first, today), [first, today]);
  const { range, problem } = useMemo(
    () => readRange({ from: search.from, to: search.to }, day, bounds),
    [search.from, search.to, day, bounds],
  );
  const topics = useMemo(() => readTopics(search.facets), [search.facets]);
  const by = readLanes(search.lanes, scope);
  const selection = useStable(isKnown ? selectionOf(scope, resolved, topics) : undefined);
  const counts = useCounts(selection, range, bounds);
  const text = useDeferredValue(search.q?.trim().toLowerCase() ?? "");
  const [isSelecting, setSelecting] = useState(false);
  const [target, setTarget] = useState<{ day: Day } | undefined>(() => {
    const days = readDays(search.day, isDay);
    return days ? { day: days.to } : undefined;
  });
  const [areAllLanes, setAllLanes] = useState(false);

  const counted = useMemo(() => countLanes(counts.data?.timeline.lanes ?? [], "DAY"), [counts.data]);
  const hasDeployments = counted.some(({ id }) => id === "DEPLOYMENT" || id === "ROLLOUT");
  const failures = useFailures(hasDeployments ? selection : undefined, range);
  const topicLanes = useMemo(() => (failures ? withFailures(counted, failures, zone) : counted), [counted, failures, zone]);
  const keptLanes = useMemo(
    () => (topics.length === 0 ? topicLanes : topicLanes.filter(({ id }) => topics.includes(id as Topic))),
    [topicLanes, topics],
  );
  const dayCounts = useMemo(() => perDay(keptLanes), [keptLanes]);
  const blocks = useMemo(() => blocksOf(dayCounts), [dayCounts]);

  // A text is looked for in what is loaded: that has to be all.
  const within = useMemo(() => sum(inRange(dayCounts, range)), [dayCounts, range]);
  const canSearch = within <= SEARCHED_AT_MOST;
  const searched = useMemo(() => blocks.filter(({ from, to }) => from <= range.to && to >= range.from), [blocks, range]);
  const everything = useAll(selection, searched, text !== "" && canSearch);
  const hits = useMemo(() => {
    if (text === "" || !everything.nodes) return undefined;
    return everything.nodes.filter((node) => textOf(node).includes(text));
  }, [everything.nodes, text]);
  const found = useMemo(() => (hits ? byDay(hits, zone) : undefined), [hits, zone]);

  const entityLanes = useEntityLanes(by === "ENTITY" && hits === undefined ? selection : undefined, range);
  const only = scope.kind === "entities" && resolved.entities.length === 1 ? resolved.entities[0] : undefined;
  const end = useMemo(() => spanOf(bounds).end, [bounds]);
  const steps = useStepLanes(only?.id, zone, end);
  const changeLanes = useMemo<CountLane[]>(() => {
    if (hits) return countLanes(laneCounts(hits, by, zone), "DAY");
    return by === "FACET" ? keptLanes : entityLanes.lanes;
  }, [hits, by, zone, keptLanes, entityLanes.lanes]);
  // Of facets there are few, and they stay where they are; of entities those that did change are of interest.
  const changed = useMemo(
    () => (by === "ENTITY" ? changeLanes.filter((lane) => totalIn(lane, range) > 0) : changeLanes),
    [by, changeLanes, range],
  );
  const lanes = useMemo<Lane[]>(() => {
    const drawn = by === "ENTITY" && !areAllLanes ? changed.slice(0, LANES_AT_FIRST) : changed;
    return [...(text === "" ? steps : []), ...drawn];
  }, [steps, by, areAllLanes, changed, text]);
  const all = useMemo(() => (hits ? perDay(countLanes(laneCounts(hits, "FACET", zone), "DAY")) : dayCounts), [hits, zone, dayCounts]);

  const setRange = useCallback(
    (next: Range, replace = false) => change(writeRange(clamped(next, bounds), day, bounds), replace),
    [change, bounds, day],
  );
  const onRange = useCallback((next: Range) => setRange(next, true), [setRange]);
  const chosen = readDays(search.day, isDay);
  const choose = useCallback(
    (days: Range | undefined, lane: string | undefined) => {
      change({ day: days ? writeDays(days) : undefined, lane });
      setTarget(days ? { day: days.to } : undefined);
    },
    [change],
  );
  const onOpen = useCallback(
    (days: Range, lane: Lane | undefined) => choose(days, lane?.kind === "counts" ? lane.id : undefined),
    [choose],
  );
  const onListDay = useCallback((opened: Day) => change({ day: opened, lane: undefined }), [change]);

  const older = useMemo(() => sum(all.filter((point) => point.day < range.from)), [all, range.from]);
  const shownTotal = hits ? sum(inRange(all, range)) : within;
  const listBlocks = useMemo(() => (hits ? blocksOf(all) : blocks), [hits, all, blocks]);

  if (counts.error && counts.data === undefined) {
    return <Failure error={counts.error} retry={counts.refetch} isRetrying={counts.isFetching} />;
  }
  return (
    <>
      <Toolbar
        range={range}
        bounds={bounds}
        day={day}
        topics={topics}
        known={topicLanes}
        by={by}
        canSplit={scope.kind !== "entities" || scope.refs.length > 1}
        text={search.q ?? ""}
        canSearch={canSearch}
        total={counts.data ? shownTotal : undefined}
        within={within}
        isSearching={text !== "" && canSearch && hits === undefined}
        isSelecting={isSelecting}
        setSelecting={setSelecting}
        setRange={setRange}
        setTopics={(next) => change({ facets: writeTopics(next) })}
        setBy={(next) => change({ lanes: next.toLowerCase() })}
        setText={(next) => change({ q: next === "" ? undefined : next }, true)}
      />
      {problem ? (
        <p className={styles.problem} role="alert">
          {problem} Shown is the usual range instead.
        </p>
      ) : null}
      {counts.data === undefined || !selection ? (
        <div aria-busy="true" className={styles.loading}>
          <Lines count={14} height={40} />
        </div>
      ) : (
        <>
          <section aria-label="Lanes" className={styles.lanes}>
            <TimelineChart
              lanes={lanes}
              all={all}
              bounds={bounds}
              range={range}
              past={isPast ? day : undefined}
              day={day}
              chosen={chosen}
              isSelecting={isSelecting}
              onRange={onRange}
              onSelected={(next) => {
                setSelecting(false);
                setRange(next);
              }}
              onOpen={onOpen}
            />
            {by === "ENTITY" && changed.length > LANES_AT_FIRST ? (
              <p className={styles.moreLanes}>
                <Button look="plain" onPress={() => setAllLanes(!areAllLanes)}>
                  {areAllLanes ? `Show the first ${LANES_AT_FIRST} lanes` : `Show ${count(changed.length)} lanes`}
                </Button>
                <span className="quiet">
                  Those with the most entries come first{changeLanes.length >= 50 ? "; the list below has all entities" : ""}.
                </span>
              </p>
            ) : null}
          </section>
          <div className={`${styles.below} ${chosen ? styles.withPanel : ""}`}>
            {shownTotal === 0 && !chosen ? (
              <EmptyRange
                range={range}
                bounds={bounds}
                total={sum(all)}
                isFiltered={topics.length > 0 || text !== ""}
                subject={only?.name}
                first={first}
                widen={(next) => setRange(next)}
                clear={() => change({ facets: undefined, q: undefined })}
              />
            ) : isNarrow && chosen ? null : (
              <ChangeList
                days={all}
                blocks={listBlocks}
                range={range}
                selection={selection}
                found={found}
                target={target}
                isOne={only !== undefined}
                onOpen={onListDay}
                older={older}
                onOlder={() => setRange({ from: bounds.from, to: range.to })}
              />
            )}
            {chosen ? (
              <DayPanel
                days={chosen}
                lane={search.lane}
                selection={selection}
                subject={only ? { ref: only.ref, name: only.title ?? only.name } : undefined}
                all={all}
                choose={choose}
              />
            ) : null}
          </div>
        </>
      )}
    </>
  );
}

interface EmptyRangeProps {
  range: Range;
  bounds: Range;
  /** Changes outside of the range. */
  total: number;
  isFiltered: boolean;
  subject: string | undefined;
  first: Day | undefined;
  widen: (range: Range) => void;
  clear: () => void;
}

function EmptyRange({ range, bounds, total, isFiltered, subject, first, widen, clear }: EmptyRangeProps) {
  if (total > 0) {
    return (
      <Message title={`Nothing changed or happened from ${shortDay(range.from)} to ${shortDay(range.to)}`} role="status">
        <p>What held before held on. Outside of these days {counted(total, "entry is", "entries are")} known.</p>
        <p className={styles.buttons}>
          <Button look="primary" onPress={() => widen(presetRange("all", bounds.to, bounds))}>
            Show all
          </Button>
          <Button onPress={() => widen(presetRange("year", range.to, bounds))}>Show a year</Button>
        </p>
      </Message>
    );
  }
  if (isFiltered) {
    return (
      <Message title="No entry fits" role="status">
        <p>Nothing is of these kinds and says this text. Take the filter away to see the others.</p>
        <p>
          <Button look="primary" onPress={clear}>
            Show everything
          </Button>
        </p>
      </Message>
    );
  }
  return (
    <Message title={`Nothing has changed${subject ? ` of ${subject}` : ""} yet`} role="status">
      <p>
        {first ? `The first record is of ${shortDay(first)}, and what it said holds since. ` : ""}To know of more of the past, let a source
        tell its own history: <code>spot collect --backfill 5y</code>
      </p>
    </Message>
  );
}

function inRange(points: readonly Point[], { from, to }: Range): Point[] {
  return points.filter(({ day }) => day >= from && day <= to);
}

function byDay(nodes: readonly TimelineNode[], zone: string): Map<Day, TimelineNode[]> {
  const days = new Map<Day, TimelineNode[]>();
  for (const node of nodes) {
    const day = dayOf(node.at, zone);
    const found = days.get(day);
    if (found) found.push(node);
    else days.set(day, [node]);
  }
  return days;
}

/** All that a text may be found in. */
function textOf(change: TimelineNode): string {
  const { entity } = change;
  if (isEvent(change)) return `${entity?.ref ?? ""} ${entity?.title ?? ""} ${eventText(change)} ${change.source}`.toLowerCase();
  const { saidBy } = change;
  return `${entity?.ref ?? ""} ${entity?.title ?? ""} ${change.field} ${changeText(change)} ${saidBy?.source ?? ""} ${saidBy?.origin ?? ""}`.toLowerCase();
}

/** The same object as long as it says the same. */
function useStable(selection: Selection | undefined): Selection | undefined {
  const key = selection ? JSON.stringify(selection) : undefined;
  // biome-ignore lint/correctness/useExhaustiveDependencies: the key says all of it
  return useMemo(() => selection, [key]);
}
