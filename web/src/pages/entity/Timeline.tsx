import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { type CSSProperties, useEffect, useMemo, useRef, useState } from "react";
import { ToggleButton, ToggleButtonGroup } from "react-aria-components";
import { ask } from "../../api/client";
import { type ChangePartsFragment, EntityOwnedTimeline, EntityTimeline, type EntityTimelineQuery, History } from "../../api/generated";
import { eventInWords, eventWord, isEvent } from "../../lib/event";
import { absolute, clock, dayOf, relativeDay, weekDay } from "../../lib/moment";
import { count, counted, wordOf } from "../../lib/text";
import { asked as askedFor, colourOf, readTopics, TOPICS, type Topic, topicName } from "../../lib/topic";
import { fieldName, saidText } from "../../lib/value";
import { ChangeValues } from "../../shell/Change";
import { useAsk } from "../../shell/data";
import { EntityLink } from "../../shell/EntityLink";
import { EventLinks, EventValues, tookText } from "../../shell/Event";
import { useGoTo, useMoment } from "../../shell/moment";
import { Button } from "../../ui/Button";
import { Failure, Lines } from "../../ui/Panel";
import { State } from "../../ui/State";
import { useEntitySearch, useNavigateSearch, useSubject } from "./context";
import { byDay, type DayOf } from "./days";
import { packageKey } from "./facts";
import styles from "./Timeline.module.css";

/** Changes of one day beyond this many are folded. */
const FOLDED_AT = 8;

/** What happened to the entity up to the day that is looked at, newest first; to a team with all that it owned. */
export function Timeline({ heading = true }: { heading?: boolean }) {
  const { entity } = useSubject();
  const { facets: chosen, owned } = useEntitySearch();
  const { zone } = useMoment();
  const topics = useMemo(() => readTopics(chosen), [chosen]);
  const isTeam = entity.kind === "TEAM";
  const withOwned = isTeam && owned !== "off";
  const timeline = useChanges(topics, withOwned);
  const pages = timeline.data?.pages;
  const changes = useMemo(() => pages?.flatMap((page) => page?.nodes ?? []), [pages]);
  const total = pages?.[0]?.totalCount;
  const days = useMemo(() => byDay(changes ?? [], zone), [changes, zone]);
  // Of a filtered list one must be able to take the filter away again.
  const known = new Set<Topic>([...entity.facets.map(({ facet }) => facet), ...topics, ...(changes ?? []).map(topicOf)]);
  return (
    <section className={styles.timeline} aria-label="Timeline">
      <div className={styles.head}>
        {heading ? <h2>Timeline</h2> : null}
        <span className="quiet">{total === undefined ? " " : counted(total, "entry", "entries")}</span>
        <Link
          to="/timeline"
          search={withOwned ? { team: entity.ref } : { of: entity.ref, owned: isTeam ? "off" : undefined }}
          className={styles.lanes}
        >
          Open as lanes
        </Link>
      </div>
      {isTeam ? <OwnedChoice withOwned={withOwned} /> : null}
      <TopicFilter known={known} chosen={topics} />
      {changes === undefined ? (
        timeline.error ? (
          <Failure error={timeline.error} retry={() => timeline.refetch()} isRetrying={timeline.isFetching} />
        ) : (
          <div aria-busy="true">
            <Lines count={12} height={36} />
          </div>
        )
      ) : days.length === 0 ? (
        <p className={styles.nothing}>
          {topics.length > 0
            ? "Nothing of this kind has changed or happened. Take the filter away to see everything."
            : entity.kind === "PACKAGE"
              ? "Nothing that a registry says of it has changed up to this day. What uses it has a timeline."
              : entity.state === "REFERENCED"
                ? "No source defines it, so nothing of its own is recorded. What mentions it has a timeline."
                : "Nothing is recorded up to this day."}
        </p>
      ) : (
        <>
          <ol className={styles.days}>
            {days.map((day) => (
              <DayItem key={day.day} day={day} isNamed={withOwned} />
            ))}
          </ol>
          <More
            hasMore={timeline.hasNextPage}
            isLoading={timeline.isFetchingNextPage}
            error={timeline.isFetchNextPageError}
            load={() => void timeline.fetchNextPage()}
            rest={(total ?? 0) - changes.length}
          />
        </>
      )}
    </section>
  );
}

type Page = NonNullable<EntityTimelineQuery["entity"]["entity"]>["timeline"];
type TimelineNode = Page["nodes"][number];

/** The changes of the entity, or of what a team owned when they happened and of the team itself, page by page. */
function useChanges(topics: readonly Topic[], withOwned: boolean) {
  const { entity, asked, at } = useSubject();
  const { first, day } = useMoment();
  const kept = askedFor(topics);
  const [from, to] = [first ?? day, at ?? day];
  return useInfiniteQuery({
    queryKey: withOwned ? [EntityOwnedTimeline, entity.id, from, to, topics] : [EntityTimeline, asked, at, topics],
    queryFn: async ({ pageParam, signal }): Promise<Page | undefined> => {
      if (withOwned) {
        return (await ask(EntityOwnedTimeline, { team: entity.id, from, to, ...kept, after: pageParam }, signal)).timeline;
      }
      return (await ask(EntityTimeline, { ref: asked, at: at ?? null, ...kept, after: pageParam }, signal)).entity.entity?.timeline;
    },
    initialPageParam: null as string | null,
    getNextPageParam: (page) => (page?.pageInfo.hasNextPage ? page.pageInfo.endCursor : null),
    // The list of another day stays until the new one is here.
    placeholderData: (before) => before,
  });
}

/** Whether a team's timeline tells of what it owned as well. */
function OwnedChoice({ withOwned }: { withOwned: boolean }) {
  const navigate = useNavigateSearch();
  return (
    <label className={styles.owned}>
      <input type="checkbox" checked={withOwned} onChange={(event) => navigate({ owned: event.target.checked ? undefined : "off" })} />
      with all that it and the teams below it owned
    </label>
  );
}

/** All values that one field ever had. */
export function FieldHistory({ field }: { field: string }) {
  const { entity, at } = useSubject();
  const { zone } = useMoment();
  const history = useAsk(History, { of: entity.id, field, at: at ?? null });
  const days = useMemo(() => byDay([...(history.data?.history.nodes ?? [])].reverse(), zone), [history.data, zone]);
  const key = /\[(.*)\]$/s.exec(field)?.[1];
  return (
    <section className={styles.timeline} aria-label={`History of ${field}`}>
      <div className={styles.head}>
        <h2>
          All values of {fieldName(field)} {key ? <code>{key}</code> : null}
        </h2>
        <Link to="." search={(search: Record<string, unknown>) => ({ ...search, q: undefined })} className={styles.lanes}>
          Show every field
        </Link>
      </div>
      {history.data === undefined ? (
        history.error ? (
          <Failure error={history.error} retry={() => history.refetch()} isRetrying={history.isFetching} />
        ) : (
          <Lines count={6} height={36} />
        )
      ) : days.length === 0 ? (
        <p className={styles.nothing}>
          No value of <code>{field}</code> is recorded up to this day. The link may be mistyped, or the field came later.
        </p>
      ) : (
        <ol className={styles.days}>
          {days.map((day) => (
            <DayItem key={day.day} day={day} />
          ))}
        </ol>
      )}
    </section>
  );
}

function TopicFilter({ known, chosen }: { known: Set<Topic>; chosen: Topic[] }) {
  const navigate = useTopicChoice();
  const shown = TOPICS.filter((topic) => known.has(topic));
  if (shown.length < 2) return null;
  return (
    <ToggleButtonGroup
      aria-label="Kinds that are shown"
      selectionMode="multiple"
      selectedKeys={chosen}
      onSelectionChange={(keys) => navigate([...keys].map(String))}
      className={styles.filter ?? ""}
    >
      {shown.map((topic) => (
        <ToggleButton key={topic} id={topic} className={styles.facet ?? ""}>
          <span aria-hidden="true" className={styles.swatch} style={{ background: `var(${colourOf(topic)})` }} />
          {topicName(topic)}
        </ToggleButton>
      ))}
    </ToggleButtonGroup>
  );
}

function DayItem({ day: { day, changes }, isNamed = false }: { day: DayOf<TimelineNode | ChangePartsFragment>; isNamed?: boolean }) {
  const { today, zone, day: shownDay } = useMoment();
  const goTo = useGoTo();
  const [isOpen, setOpen] = useState(false);
  const shown = isOpen || changes.length <= FOLDED_AT + 2 ? changes : changes.slice(0, FOLDED_AT);
  return (
    <li>
      <h3 className={styles.day}>
        <button
          type="button"
          onClick={() => goTo(day)}
          aria-current={day === shownDay ? "date" : undefined}
          title="Show everything as of this day"
        >
          {weekDay(day)}
        </button>
        <span className={styles.ago}>{relativeDay(day, today)}</span>
      </h3>
      <ol>
        {shown.map((change, place) => {
          const isOther = place === 0 || shown[place - 1]?.entity?.id !== change.entity?.id;
          const named = isNamed && isOther;
          return isEvent(change) ? (
            <EventItem key={change.id} event={change} zone={zone} isNamed={named} isFirst={isOther} />
          ) : (
            <ChangeItem
              key={`${change.at} ${change.entity?.id ?? ""} ${change.field} ${change.key ?? ""} ${change.kind}`}
              change={change}
              zone={zone}
              isNamed={named}
            />
          );
        })}
      </ol>
      {shown.length < changes.length ? (
        <Button look="plain" className={styles.unfold ?? ""} onPress={() => setOpen(true)}>
          {count(changes.length - shown.length)} more on this day
        </Button>
      ) : null}
    </li>
  );
}

/** Something that happened, on two lines. */
function EventItem({
  event,
  zone,
  isNamed,
  isFirst,
}: {
  event: Extract<TimelineNode, { eventKind: unknown }>;
  zone: string;
  isNamed: boolean;
  isFirst: boolean;
}) {
  const { by, note } = eventInWords(event);
  const { entity: subject } = useSubject();
  // What belongs to the entity, such as a workload of a service, is told by its name.
  const isOther = isFirst && event.entity !== null && event.entity.id !== subject.id;
  return (
    <li className={`${styles.change} ${styles.happened}`} style={{ "--lane": `var(${colourOf(event.eventKind)})` } as CSSProperties}>
      <div className={styles.what}>
        {(isNamed || isOther) && event.entity ? (
          <span className={styles.whose}>
            <EntityLink to={event.entity.ref} />
          </span>
        ) : null}
        <EventValues event={event} label={false} />
      </div>
      <p className={styles.who}>
        {[eventWord(event.eventKind), by ? `by ${by}` : undefined, tookText(event)].filter(Boolean).join(" · ")} · {event.source} ·{" "}
        <time dateTime={event.at} title={absolute(event.at, zone)}>
          {clock(event.at, zone)}
        </time>
        <EventLinks event={event} />
      </p>
      {note ? <p className={styles.who}>{note}</p> : null}
    </li>
  );
}

interface ChangeItemProps {
  change: ChangePartsFragment;
  zone: string;
  /** What changed does not go without saying, nor did the change before say it. */
  isNamed: boolean;
}

function ChangeItem({ change, zone, isNamed }: ChangeItemProps) {
  const { at, facet, layer, isChange, saidBy, entity } = change;
  const isBackfilled = layer === "BACKFILLED";
  return (
    <li
      className={`${styles.change} ${isBackfilled ? styles.backfilled : ""}`}
      style={{ "--lane": `var(${colourOf(facet)})` } as CSSProperties}
    >
      <div className={styles.what}>
        {isNamed ? (
          <span className={styles.whose}>
            {entity ? <EntityLink to={entity.ref} /> : <span className="quiet">not known any more</span>}
          </span>
        ) : null}
        {isChange ? null : <span className={styles.first}>first known</span>}
        <What change={change} />
      </div>
      <p className={styles.who}>
        {wordOf(facet)} · {manifestOf(change)}
        {saidBy ? saidText(saidBy) : "no source any more"} ·{" "}
        <time dateTime={at} title={absolute(at, zone)}>
          {clock(at, zone)}
        </time>
        {isBackfilled ? (
          <State name="backfilled" quiet>
            reconstructed
          </State>
        ) : null}
      </p>
    </li>
  );
}

/** A change in words. Of a document the new title says less than that its text is another one, and where to read it. */
function What({ change }: { change: ChangePartsFragment }) {
  const { zone } = useMoment();
  const { field, key, at, before, after } = change;
  if (key !== null && field.startsWith("dependencies.packages")) {
    const { name } = packageKey(key);
    return (
      <span className={styles.document}>
        <EntityLink to={`package:${name}`} className={styles.package}>
          {name}
        </EntityLink>{" "}
        <ChangeValues change={change} label={false} />
      </span>
    );
  }
  if (key === null || !field.startsWith("documentation.documents")) return <ChangeValues change={change} />;
  const words = before === null ? "added" : after === null ? "removed" : "rewritten";
  return (
    <span className={styles.document}>
      {after === null ? (
        <span className="mono">{key}</span>
      ) : (
        <Link
          to="."
          search={(search: Record<string, unknown>) => ({ ...search, at: dayOf(at, zone), tab: "docs", doc: key, q: undefined })}
          title="Read it as of that day"
          className="mono"
        >
          {key}
        </Link>
      )}{" "}
      <span className={styles[words]}>{words}</span>
    </span>
  );
}

function manifestOf({ field, key }: ChangePartsFragment): string {
  return key !== null && field.startsWith("dependencies.packages") ? `${packageKey(key).manifest} · ` : "";
}

function More({
  hasMore,
  isLoading,
  error,
  load,
  rest,
}: {
  hasMore: boolean;
  isLoading: boolean;
  error: boolean;
  load: () => void;
  rest: number;
}) {
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = place.current;
    if (!element || !hasMore || isLoading || error) return;
    const observer = new IntersectionObserver(([entry]) => entry?.isIntersecting && load(), { rootMargin: "400px" });
    observer.observe(element);
    return () => observer.disconnect();
  }, [hasMore, isLoading, error, load]);
  if (!hasMore) return <p className={styles.end}>This is where the record begins.</p>;
  return (
    <div ref={place} className={styles.end}>
      <Button look="plain" onPress={load} isDisabled={isLoading}>
        {isLoading ? "Loading…" : error ? "Loading failed. Try again" : `${counted(rest, "older entry", "older entries")}`}
      </Button>
    </div>
  );
}

function useTopicChoice(): (topics: string[]) => void {
  const navigate = useNavigateSearch();
  return (topics) => navigate({ facets: topics.length > 0 ? topics.join(",").toLowerCase() : undefined });
}

function topicOf(node: TimelineNode): Topic {
  return isEvent(node) ? node.eventKind : node.facet;
}
