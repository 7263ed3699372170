import { type InfiniteData, useInfiniteQuery, useQueries, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useCallback, useDeferredValue, useEffect, useMemo, useState } from "react";
import { ask } from "../../api/client";
import { CompareChanges, type CompareChangesQuery, CompareCounts, CompareOwner, type Facet } from "../../api/generated";
import { nameOf } from "../../lib/entity";
import { longDay, shortDay } from "../../lib/moment";
import { count, counted, wordOf } from "../../lib/text";
import { useAsk, useServer } from "../../shell/data";
import { useMoment } from "../../shell/moment";
import { useMyTeam } from "../../shell/settings";
import { Button } from "../../ui/Button";
import { Message, Panel } from "../../ui/Panel";
import { useNarrow } from "../../ui/useMedia";
import styles from "./Compare.module.css";
import { CopyMessage } from "./CopyMessage";
import { DayField } from "./DayField";
import { DifferenceList } from "./DifferenceList";
import { type Pair, pairOf, presets, refsOf, type Trouble } from "./days";
import { countFacets, type Difference, groupByTeam, keep, ownersToAsk, rowsOf, type TeamGroup, tally } from "./groups";
import { ScopePicker } from "./ScopePicker";

const FACETS: Facet[] = ["GENERAL", "RELATIONS", "QUALITY", "DEPENDENCIES", "DOCUMENTATION", "CONFIGURATION", "KUBERNETES", "PACKAGE"];
/** So many differences are read by themselves; more when the reader comes to the end of the list. */
const READ_AHEAD = 5_000;
/** Up to so many lines all teams stand open. */
const OPEN_UP_TO = 400;
/** Of so many entities that came or went the owner is asked, one by one. */
const OWNERS_ASKED = 200;

/** What the address says, as the router lets it through. */
type Search = { [name in "from" | "to" | "of" | "team" | "facets" | "q" | "only" | "hide"]?: string | undefined };

function useCompareSearch() {
  const search = useSearch({ strict: false }) as Search;
  const navigate = useNavigate();
  const change = useCallback(
    (next: Search, replace = false) =>
      void navigate({ to: "/compare", search: (before: Record<string, unknown>) => ({ ...before, ...next }), replace, resetScroll: false }),
    [navigate],
  );
  return { search, change };
}

/** Any two days side by side: what appeared, ended and changed, by team and entity. */
export default function ComparePage() {
  const { search, change } = useCompareSearch();
  const { status } = useServer();
  const moment = useMoment();
  const { today, first, zone } = moment;
  const pair = pairOf(search, { today, first, zone });
  const refs = refsOf(search.of);
  const setDay = (side: "from" | "to", day: string): void => change({ from: pair.from, to: pair.to, [side]: day });
  const swap = (): void => change({ from: pair.to, to: pair.from });

  const isNarrow = useNarrow();
  const swapButton = (
    <Button onPress={swap} className={styles.swap ?? ""} aria-label="Swap the two days">
      <span aria-hidden="true">{isNarrow ? "⇅" : "⇄"}</span> Swap
    </Button>
  );

  return (
    <div className={styles.page}>
      <header className={styles.head}>
        <div className={styles.titleLine}>
          <h1>Compare</h1>
          <Scope search={search} refs={refs} change={change} at={pair.trouble || pair.to === today ? undefined : pair.to} />
        </div>
        <div className={styles.days}>
          <DayField
            side="before"
            label="Before"
            moment={pair.from}
            day={pair.fromDay}
            today={today}
            first={first}
            onDay={(day) => setDay("from", day)}
          />
          {isNarrow ? null : swapButton}
          <DayField
            side="after"
            label="After"
            moment={pair.to}
            day={pair.toDay}
            today={today}
            first={first}
            onDay={(day) => setDay("to", day)}
          />
        </div>
        <div className={styles.presets} role="group" aria-label="Today against">
          {isNarrow ? swapButton : null}
          <span className="quiet">Today against</span>
          {presets(today).map(({ name, from }) => (
            <Button
              key={name}
              look="plain"
              className={`${styles.preset} ${pair.from === from && pair.to === today ? styles.presetOn : ""}`}
              aria-pressed={pair.from === from && pair.to === today}
              onPress={() => change({ from, to: today })}
            >
              {name}
            </Button>
          ))}
          {moment.isPast && moment.day !== pair.fromDay && moment.day !== pair.toDay ? (
            <Button
              look="plain"
              className={styles.preset ?? ""}
              onPress={() => change({ from: moment.day, to: today })}
            >{`${shortDay(moment.day)}, the day in the header`}</Button>
          ) : null}
        </div>
      </header>
      {status === undefined ? (
        <Waiting />
      ) : pair.trouble ? (
        <TroubleMessage trouble={pair.trouble} pair={pair} today={today} first={first} swap={swap} setDay={setDay} />
      ) : (
        <Differences search={search} change={change} pair={pair} refs={refs} />
      )}
    </div>
  );
}

function Scope({ search, refs, change, at }: { search: Search; refs: string[]; change: (next: Search) => void; at: string | undefined }) {
  const [myTeam] = useMyTeam();
  const isAll = search.team === undefined && refs.length === 0;
  return (
    <div className={styles.scope} role="group" aria-label="What is compared">
      {search.team ? (
        <Chip
          text={`what ${nameOf(search.team)} owns`}
          remove="Compare everything, not only a team"
          onRemove={() => change({ team: undefined })}
        />
      ) : null}
      {refs.map((ref) => (
        <Chip
          key={ref}
          text={ref}
          remove={`Without ${ref}`}
          onRemove={() => change({ of: refs.filter((other) => other !== ref).join(",") || undefined })}
        />
      ))}
      <ScopePicker
        name={isAll ? "Everything" : "Add or change"}
        at={at}
        onTeam={(team) => change({ team, of: undefined })}
        onEntity={(ref) => change({ of: [...refs.filter((other) => other !== ref), ref].join(","), team: undefined })}
      />
      {myTeam && search.team !== myTeam ? (
        <Button look="plain" className={styles.small ?? ""} onPress={() => change({ team: myTeam, of: undefined })}>
          My team: {nameOf(myTeam)}
        </Button>
      ) : null}
    </div>
  );
}

function Chip({ text, remove, onRemove }: { text: string; remove: string; onRemove: () => void }) {
  return (
    <span className={styles.chip}>
      <span className={styles.chipText}>{text}</span>
      <button type="button" aria-label={remove} onClick={onRemove}>
        ×
      </button>
    </span>
  );
}

interface TroubleProps {
  trouble: Trouble;
  pair: Pair;
  today: string;
  first: string | undefined;
  swap: () => void;
  setDay: (side: "from" | "to", day: string) => void;
}

function TroubleMessage({ trouble, pair: { fromDay, toDay }, today, first, swap, setDay }: TroubleProps) {
  switch (trouble.what) {
    case "malformed":
      return (
        <Message title="This link names a day that does not exist" role="alert">
          <p>
            It says{" "}
            <code>
              {trouble.side}={trouble.text.slice(0, 60)}
            </code>
            . Expected is a day such as <code>2026-03-01</code>, or an instant such as <code>2026-03-01T08:30:00Z</code>.
          </p>
          <p>
            <Button look="primary" onPress={() => setDay(trouble.side, trouble.side === "from" ? fromDay : toDay)}>
              Use {shortDay(trouble.side === "from" ? fromDay : toDay)} instead
            </Button>
          </p>
        </Message>
      );
    case "future":
      return (
        <Message title={`${longDay(trouble.day)} has not come yet`} role="alert">
          <p>spot knows the past and today. Choose an earlier day.</p>
          <p>
            <Button look="primary" onPress={() => setDay(trouble.side, today)}>
              Use today instead
            </Button>
          </p>
        </Message>
      );
    case "backwards":
      return (
        <Message title="The first day is after the second" role="alert">
          <p>
            {longDay(fromDay)} comes after {longDay(toDay)}. A comparison reads from the earlier day to the later one.
          </p>
          <p>
            <Button look="primary" onPress={swap}>
              Swap the two days
            </Button>
          </p>
        </Message>
      );
    case "same":
      return (
        <Message title="Both days are the same" role="status">
          <p>A day does not differ from itself. Choose another day on one side, or one of the stretches above.</p>
        </Message>
      );
    case "unrecorded":
      return (
        <Message title="Nothing is known of these days" role="status">
          <p>
            The first record is of {first ? longDay(first) : "a later day"}. To know more of the past, let a source tell its own history:{" "}
            <code>spot collect --backfill 5y</code>.
          </p>
          {first ? (
            <p>
              <Button look="primary" onPress={() => setDay("to", today)}>
                Compare with today
              </Button>
            </p>
          ) : null}
        </Message>
      );
  }
}

interface DifferencesProps {
  search: Search;
  change: (next: Search, replace?: boolean) => void;
  pair: Pair;
  refs: string[];
}

function Differences({ search, change, pair, refs }: DifferencesProps) {
  const facets = facetsOf(search.facets);
  const scope = { from: pair.from, to: pair.to, of: refs.length > 0 ? refs : null, team: search.team ?? null };
  // What is here as a whole need not be asked again to see a part of it.
  const cache = useQueryClient();
  const everything = cache.getQueryData<InfiniteData<CompareChangesQuery>>([CompareChanges, { ...scope, facets: null }]);
  const isWhole = everything !== undefined && everything.pages.at(-1)?.diff.pageInfo.hasNextPage === false;
  const variables = { ...scope, facets: facets.length > 0 && !isWhole ? facets : null };
  const answering = useInfiniteQuery({
    queryKey: [CompareChanges, variables],
    queryFn: ({ pageParam, signal }) => ask(CompareChanges, { ...variables, after: pageParam }, signal),
    initialPageParam: null as string | null,
    getNextPageParam: ({ diff: { pageInfo } }) => (pageInfo.hasNextPage ? pageInfo.endCursor : undefined),
    placeholderData: (before) => before,
  });
  const { data, hasNextPage, isFetching, isFetchNextPageError, isPlaceholderData, fetchNextPage, error, refetch } = answering;
  const all = useMemo(() => data?.pages.flatMap(({ diff }) => diff.nodes) ?? [], [data]);
  const total = data?.pages[0]?.diff.totalCount ?? 0;

  useEffect(() => {
    if (hasNextPage && !isFetching && !isFetchNextPageError && all.length < READ_AHEAD) void fetchNextPage();
  }, [hasNextPage, isFetching, isFetchNextPageError, all.length, fetchNextPage]);

  return (
    <Panel
      answering={{
        data,
        error,
        isFetching: isFetching && !isPlaceholderData,
        refetch: () => (isFetchNextPageError ? fetchNextPage() : refetch()),
      }}
      skeleton={<Waiting />}
      empty={() => (total === 0 && facets.length === 0 ? <NothingDiffers search={search} pair={pair} /> : undefined)}
    >
      {() => (
        <div className={isPlaceholderData ? styles.old : undefined}>
          <Found
            all={all}
            total={total}
            isMore={hasNextPage}
            isAsked={variables.facets !== null}
            isReading={isFetching}
            readOn={() => void (hasNextPage && !isFetching && fetchNextPage())}
            {...{ search, change, pair, facets, scope, refs }}
          />
        </div>
      )}
    </Panel>
  );
}

interface FoundProps extends DifferencesProps {
  all: Difference[];
  total: number;
  isMore: boolean;
  /** Only some facets were asked for; else they are chosen here. */
  isAsked: boolean;
  isReading: boolean;
  readOn: () => void;
  facets: Facet[];
  scope: { from: string; to: string; of: string[] | null; team: string | null };
}

function Found({ all, total, isMore, isAsked, isReading, readOn, search, change, pair, facets, scope, refs }: FoundProps) {
  const { zone, today, first } = useMoment();
  const hidden = (search.hide ?? "").split(",");
  const only = (["appeared", "ended", "changed"] as const).find((fate) => fate === search.only);
  const text = useDeferredValue(search.q ?? "");
  const [hidePatches, hideIndirect] = [hidden.includes("patch"), hidden.includes("indirect")];
  const facetsKey = facets.join(",");
  const kept = useMemo(
    () => keep(all, { text, only, hidePatches, hideIndirect, facets: facetsOf(facetsKey) }),
    [all, text, only, hidePatches, hideIndirect, facetsKey],
  );
  const owners = useOwners(all, pair);
  const groups = useMemo(() => groupByTeam(kept, owners), [kept, owners]);
  const sums = useMemo(() => tally(all), [all]);
  const [turned, setTurned] = useState<ReadonlySet<string>>(new Set());
  const [whole, setWhole] = useState<ReadonlySet<string>>(new Set());
  const opensAll = kept.length <= OPEN_UP_TO || groups.length === 1;
  const isOpen = useCallback(({ team }: TeamGroup) => opensAll !== turned.has(team ?? ""), [opensAll, turned]);
  const rows = useMemo(() => rowsOf(groups, isOpen, ({ id }) => whole.has(id)), [groups, isOpen, whole]);
  const counts = useFacetCounts(all, isAsked, isMore && !isReading, scope);
  const sides = { before: pair.from === today ? undefined : pair.from, after: pair.to === today ? undefined : pair.to };
  const openCount = groups.filter(isOpen).length;
  const foldAll = (open: boolean): void => setTurned(open === opensAll ? new Set() : new Set(groups.map(({ team }) => team ?? "")));
  const isFiltered = kept.length < all.length;
  const onEnd = useCallback(() => {
    if (isMore && !isReading && openCount > 0) readOn();
  }, [isMore, isReading, openCount, readOn]);

  return (
    <>
      {pair.isOpen && first ? (
        <p className={styles.notice} role="note">
          Nothing is known before {shortDay(first)}, so what was there already then shows as appeared.
          <Button look="plain" className={styles.noticeButton ?? ""} onPress={() => change({ from: first, to: pair.to })}>
            Compare from {shortDay(first)}
          </Button>
        </p>
      ) : null}
      {isReading && all.length < total ? (
        <div className={styles.reading} style={{ width: `${(all.length / Math.min(total, READ_AHEAD)) * 100}%` }} aria-hidden="true" />
      ) : null}
      <section aria-label="Summary" className={styles.summary}>
        <p className={styles.sum}>
          <strong>{counted(total, "difference")}</strong>{" "}
          <span className="quiet">
            in {counted(sums.entities, "entity", "entities")}
            {all.length < total ? (isReading ? `, ${count(all.length)} read so far` : ` of the first ${count(all.length)}`) : ""}
          </span>
        </p>
        <div className={styles.counts} role="group" aria-label="Only">
          {(["appeared", "ended", "changed"] as const).map((fate) => (
            <Toggle
              key={fate}
              isOn={only === fate}
              isDisabled={sums[fate] === 0 && only !== fate}
              mark={fate === "appeared" ? "+" : fate === "ended" ? "−" : "→"}
              look={styles[`mark-${fate}`]}
              name={fate}
              number={sums[fate]}
              onPress={() => change({ only: only === fate ? undefined : fate })}
            />
          ))}
        </div>
        <div className={styles.counts} role="group" aria-label="Facets">
          {FACETS.filter((facet) => (counts.get(facet) ?? 0) > 0 || facets.includes(facet)).map((facet) => (
            <Toggle
              key={facet}
              isOn={facets.includes(facet)}
              name={wordOf(facet)}
              lane={facet}
              number={counts.get(facet)}
              onPress={() => change({ facets: facetsText(facets, facet) })}
            />
          ))}
        </div>
      </section>
      <div className={styles.tools}>
        <input
          type="search"
          className={styles.filter}
          aria-label="Filter the differences"
          placeholder="Filter by name, field or value…"
          value={search.q ?? ""}
          spellCheck={false}
          onChange={(event) => change({ q: event.target.value || undefined }, true)}
        />
        <Toggle isOn={hidePatches} name="Hide patch steps" onPress={() => change({ hide: hideText(hidden, "patch") })} />
        <Toggle isOn={hideIndirect} name="Hide indirect packages" onPress={() => change({ hide: hideText(hidden, "indirect") })} />
        <span className={styles.kept} role="status">
          {isFiltered ? `${count(kept.length)} of ${count(all.length)} shown` : ""}
        </span>
        <Button
          look="plain"
          className={styles.small ?? ""}
          isDisabled={groups.length === 0}
          onPress={() => foldAll(openCount < groups.length)}
        >
          {openCount < groups.length ? "Open all" : "Fold all"}
        </Button>
        <CopyMessage
          groups={groups}
          frame={{
            from: shortDay(pair.fromDay),
            to: pair.toDay === today ? `${shortDay(pair.toDay)} (today)` : shortDay(pair.toDay),
            scope: search.team ? `what ${nameOf(search.team)} owns` : refs.length > 0 ? refs.join(", ") : "everything",
            total: isFiltered ? kept.length : total,
            link: linkTo(search, pair),
          }}
        />
      </div>
      {groups.length === 0 ? (
        <Message title="No difference fits the filter" role="status">
          <p>
            {counted(total, "difference")} {total === 1 ? "is" : "are"} left out by the words, counts or switches above.
          </p>
          <p>
            <Button look="primary" onPress={() => change({ q: undefined, only: undefined, hide: undefined, facets: undefined })}>
              Show all differences
            </Button>
          </p>
        </Message>
      ) : (
        <DifferenceList
          rows={rows}
          sides={sides}
          zone={zone}
          onTeam={({ team }) => setTurned((before) => toggled(before, team ?? ""))}
          onWhole={({ id }) => setWhole((before) => toggled(before, id))}
          onEnd={onEnd}
          foot={
            isMore ? (
              <p className={styles.foot} role="status">
                {count(all.length)} of {count(total)} differences are read.{" "}
                {isReading ? (
                  "Reading on…"
                ) : (
                  <Button onPress={readOn} className={styles.small ?? ""}>
                    Read {count(Math.min(500, total - all.length))} more
                  </Button>
                )}
              </p>
            ) : null
          }
        />
      )}
    </>
  );
}

/** Who owned what came at the second day, and what went at the first: of a limited number, asked one by one. */
function useOwners(all: Difference[], { from, to }: Pair): ReadonlyMap<string, string | undefined> {
  const asked = useMemo(() => ownersToAsk(all).slice(0, OWNERS_ASKED), [all]);
  const combine = useCallback(
    (answers: { data: { id: string; owner: string | undefined } | undefined }[]) =>
      new Map(answers.flatMap(({ data }) => (data ? [[data.id, data.owner] as const] : []))),
    [],
  );
  return useQueries({
    queries: asked.map(({ id, fate }) => {
      const at = fate === "appeared" ? to : from;
      return {
        queryKey: [CompareOwner, id, at],
        queryFn: async ({ signal }: { signal: AbortSignal }) => {
          const { node } = await ask(CompareOwner, { id, at }, signal);
          return { id, owner: node && "owner" in node ? node.owner?.ref : undefined };
        },
      };
    }),
    combine,
  });
}

/** How many differences each facet has: by the server, if only a part of them is here and no more is on its way. */
function useFacetCounts(all: Difference[], isAsked: boolean, isCut: boolean, scope: FoundProps["scope"]): ReadonlyMap<Facet, number> {
  const { data } = useAsk(CompareCounts, scope, { enabled: isAsked || isCut });
  return useMemo(() => {
    if ((isAsked || isCut) && data) return new Map(FACETS.map((facet) => [facet, data[facet].totalCount]));
    return countFacets(all);
  }, [all, isAsked, isCut, data]);
}

interface ToggleProps {
  name: string;
  number?: number | undefined;
  isOn: boolean;
  isDisabled?: boolean;
  mark?: string;
  look?: string | undefined;
  lane?: Facet;
  onPress: () => void;
}

function Toggle({ name, number, isOn, isDisabled = false, mark, look, lane, onPress }: ToggleProps) {
  return (
    <Button
      look="plain"
      aria-pressed={isOn}
      isDisabled={isDisabled}
      onPress={onPress}
      className={`${styles.toggle} ${isOn ? styles.toggleOn : ""}`}
    >
      {mark ? (
        <span className={look} aria-hidden="true">
          {mark}
        </span>
      ) : null}
      {lane ? <span className={styles.lane} style={{ background: `var(--lane-${lane.toLowerCase()})` }} aria-hidden="true" /> : null}
      {number === undefined ? null : <strong>{count(number)}</strong>}
      {name}
    </Button>
  );
}

function NothingDiffers({ search, pair }: { search: Search; pair: Pair }) {
  return (
    <Message title={`Nothing differs between ${shortDay(pair.fromDay)} and ${shortDay(pair.toDay)}`} role="status">
      <p>
        {search.team
          ? `Of what ${nameOf(search.team)} owns, every value is the same on both days.`
          : search.of
            ? `Every value of ${refsOf(search.of).join(", ")} is the same on both days.`
            : "Every value is the same on both days."}{" "}
        What changed in between and came back is in the{" "}
        <Link
          className={styles.inText}
          to="/timeline"
          search={{ from: pair.fromDay, to: pair.toDay, of: search.of, team: search.team, at: undefined }}
        >
          timeline
        </Link>
        .
      </p>
    </Message>
  );
}

/** Of the size of a comparison. */
function Waiting() {
  return (
    <div className={styles.waitingList} aria-hidden="true">
      {Array.from({ length: 14 }, (_, place) => (
        // Lines never change places.
        // biome-ignore lint/suspicious/noArrayIndexKey: they are all alike
        <div key={place} className={place === 0 || place === 6 ? styles.waitingTeam : styles.waitingLine}>
          <span style={{ width: `${9 + ((place * 5) % 8)}%` }} />
          <span style={{ width: `${12 + ((place * 7) % 10)}%` }} />
          <span style={{ width: `${14 + ((place * 11) % 22)}%` }} />
        </div>
      ))}
    </div>
  );
}

function toggled(before: ReadonlySet<string>, key: string): ReadonlySet<string> {
  const next = new Set(before);
  if (!next.delete(key)) next.add(key);
  return next;
}

function facetsOf(text: string | undefined): Facet[] {
  const words = (text ?? "").toUpperCase().split(",");
  return FACETS.filter((facet) => words.includes(facet));
}

function facetsText(facets: Facet[], turned: Facet): string | undefined {
  const next = facets.includes(turned) ? facets.filter((facet) => facet !== turned) : [...facets, turned];
  return next.map((facet) => facet.toLowerCase()).join(",") || undefined;
}

function hideText(hidden: string[], turned: string): string | undefined {
  const next: string[] = ["patch", "indirect"].filter((word) => hidden.includes(word) !== (word === turned));
  return next.join(",") || undefined;
}

/** The address of this comparison with both days written out, so that it shows the same tomorrow. */
function linkTo(search: Search, { from, to }: Pair): string {
  const parameters = new URLSearchParams({ from, to });
  for (const name of ["of", "team", "facets", "q", "only", "hide"] as const) {
    const value = search[name];
    if (value) parameters.set(name, value);
  }
  return `${window.location.origin}/compare?${parameters.toString().replaceAll("%3A", ":").replaceAll("%2F", "/").replaceAll("%2C", ",")}`;
}
