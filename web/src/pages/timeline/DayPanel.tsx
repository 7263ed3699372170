import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useEffect, useMemo, useRef, useState } from "react";
import { ask } from "../../api/client";
import { TimelineChanges } from "../../api/generated";
import { kindName, parseRef } from "../../lib/entity";
import { isEvent } from "../../lib/event";
import { type Day, earlier, longDay, relativeDay, shortDay } from "../../lib/moment";
import { count, counted } from "../../lib/text";
import { asked as askedFor, colourOf, type Topic, topicName } from "../../lib/topic";
import { ChangeSource, ChangeValues } from "../../shell/Change";
import { EntityLink } from "../../shell/EntityLink";
import { EventSource, EventValues } from "../../shell/Event";
import { useGoTo, useMoment } from "../../shell/moment";
import { Button } from "../../ui/Button";
import { Lines, Panel } from "../../ui/Panel";
import { State } from "../../ui/State";
import styles from "./DayPanel.module.css";
import type { Point } from "./lanes";
import type { Range } from "./range";
import { neighbour } from "./rows";
import type { Selection, TimelineNode } from "./useTimeline";

interface DayPanelProps {
  days: Range;
  /** The lane that was clicked: a facet or an entity's ref. */
  lane: string | undefined;
  selection: Selection;
  /** What a timeline of one entity is about. */
  subject: { ref: string; name: string } | undefined;
  all: readonly Point[];
  choose: (days: Range | undefined, lane: string | undefined) => void;
}

const FIRST = 100;

/** What changed on a day, or in the days of a mark: before and after, and who said so. */
export function DayPanel({ days, lane, selection, subject, all, choose }: DayPanelProps) {
  const { today, day: moment } = useMoment();
  const goTo = useGoTo();
  const asked = narrowed(selection, lane);
  const to = earlier(days.to, today);
  const answering = useInfiniteQuery({
    queryKey: [TimelineChanges, "panel", asked, days.from, to],
    queryFn: ({ pageParam, signal }) => ask(TimelineChanges, { ...asked, from: days.from, to, first: FIRST, after: pageParam }, signal),
    initialPageParam: null as string | null,
    getNextPageParam: ({ timeline: { pageInfo } }) => (pageInfo.hasNextPage ? pageInfo.endCursor : undefined),
  });
  const title = days.from === days.to ? longDay(days.from) : `${shortDay(days.from)} to ${shortDay(to)}`;
  const heading = useRef<HTMLHeadingElement>(null);
  // By keyboard, what was asked for is read next; and closing it leads back to where one came from.
  const [opener] = useState(() => document.querySelector<HTMLElement>(":focus-visible"));
  useEffect(() => {
    if (!opener) return;
    heading.current?.focus({ preventScroll: true });
    return () => {
      requestAnimationFrame(() => {
        if (document.activeElement === document.body) opener.focus({ preventScroll: true });
      });
    };
  }, [opener]);
  const [older, newer] = [neighbour(all, days, -1), neighbour(all, days, 1)];
  const single = (day: Day): Range => ({ from: day, to: day });

  return (
    <aside
      className={styles.panel}
      aria-label="What changed"
      onKeyDown={(event) => {
        if (event.key !== "Escape") return;
        event.stopPropagation();
        choose(undefined, undefined);
      }}
    >
      <header className={styles.head}>
        <div className={styles.titles}>
          <p className={styles.kicker}>What changed · {days.from === days.to ? relativeDay(days.from, today) : counted(7, "day")}</p>
          <h2 ref={heading} tabIndex={-1}>
            {title}
          </h2>
        </div>
        <Button look="plain" aria-label="Older day with changes" isDisabled={!older} onPress={() => older && choose(single(older), lane)}>
          <span aria-hidden="true">‹</span>
        </Button>
        <Button look="plain" aria-label="Newer day with changes" isDisabled={!newer} onPress={() => newer && choose(single(newer), lane)}>
          <span aria-hidden="true">›</span>
        </Button>
        <Button look="plain" aria-label="Close" onPress={() => choose(undefined, undefined)}>
          <span aria-hidden="true">×</span>
        </Button>
      </header>
      <div className={styles.actions}>
        {subject ? (
          <WhatWasItThen refText={subject.ref} day={to} today={today}>
            What was {subject.name} then
          </WhatWasItThen>
        ) : null}
        {to === moment ? null : (
          <button type="button" className={styles.action} onClick={() => goTo(to)}>
            Look at everything as of {to === today ? "today" : shortDay(to)}
          </button>
        )}
        {lane ? (
          <button type="button" className={styles.action} onClick={() => choose(days, undefined)}>
            Only {laneName(lane)} is shown. Show all
          </button>
        ) : null}
      </div>
      {/* A region that scrolls has to be reachable by keyboard. */}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: see above */}
      <div className={styles.body} role="region" aria-label="Changes of the day" tabIndex={0}>
        <Panel answering={answering} skeleton={<Lines count={8} height={28} />}>
          {({ pages }) => {
            const nodes = pages.flatMap(({ timeline }) => timeline.nodes);
            const total = pages[0]?.timeline.totalCount ?? 0;
            if (total === 0) return <Nothing days={days} older={older} choose={(day) => choose(single(day), lane)} />;
            return (
              <>
                <Groups nodes={nodes} day={to} today={today} isOne={subject !== undefined} />
                {nodes.length < total ? (
                  <p className={styles.more}>
                    <Button onPress={() => void answering.fetchNextPage()} isDisabled={answering.isFetchingNextPage}>
                      {answering.isFetchingNextPage ? "Loading…" : `Show ${count(Math.min(FIRST, total - nodes.length))} more`}
                    </Button>
                    <span className="quiet">
                      {count(nodes.length)} of {counted(total, "entry", "entries")}
                    </span>
                  </p>
                ) : null}
              </>
            );
          }}
        </Panel>
      </div>
    </aside>
  );
}

function Nothing({ days, older, choose }: { days: Range; older: Day | undefined; choose: (day: Day) => void }) {
  return (
    <div className={styles.nothing}>
      <p>
        {days.from === days.to ? "Nothing changed or happened on this day." : "Nothing changed or happened in these days."} What held before
        it held on.
      </p>
      {older ? (
        <p>
          The entry before was on{" "}
          <button type="button" className={styles.action} onClick={() => choose(older)}>
            {shortDay(older)}
          </button>
          .
        </p>
      ) : null}
    </div>
  );
}

function Groups({ nodes, day, today, isOne }: { nodes: TimelineNode[]; day: Day; today: Day; isOne: boolean }) {
  const groups = useMemo(() => {
    const found = new Map<string, TimelineNode[]>();
    for (const node of nodes) {
      const key = node.entity?.id ?? "gone";
      const group = found.get(key);
      if (group) group.push(node);
      else found.set(key, [node]);
    }
    return [...found.entries()];
  }, [nodes]);
  return groups.map(([id, changes]) => {
    const entity = changes[0]?.entity;
    return (
      <section key={id} className={styles.group} aria-label={entity?.name ?? "gone"}>
        {isOne ? null : (
          <h3 className={styles.entity}>
            {entity ? <EntityLink to={entity.ref}>{entity.name}</EntityLink> : "An entity that is not known any more"}
            {entity ? <span className={styles.kind}>{kindName(entity.kind)}</span> : null}
            {entity ? (
              <WhatWasItThen refText={entity.ref} day={day} today={today}>
                What was it then
              </WhatWasItThen>
            ) : null}
          </h3>
        )}
        <ul>
          {changes.map((change) =>
            isEvent(change) ? (
              <li key={change.id} className={styles.change}>
                <Mark topic={change.eventKind} />
                <div>
                  <EventValues event={change} />
                  <div className={styles.source}>
                    <EventSource event={change} />
                  </div>
                </div>
              </li>
            ) : (
              <li key={`${change.at} ${change.field}`} className={styles.change} data-layer={change.layer}>
                <Mark topic={change.facet} />
                <div>
                  <ChangeValues change={change} />
                  <div className={styles.source}>
                    <ChangeSource change={change} />
                    {change.isChange ? null : <State name="unknown">first record, not a change</State>}
                  </div>
                </div>
              </li>
            ),
          )}
        </ul>
      </section>
    );
  });
}

function Mark({ topic }: { topic: Topic }) {
  return <span className={styles.facet} style={{ background: `var(${colourOf(topic)})` }} title={topicName(topic)} />;
}

function WhatWasItThen({ refText, day, today, children }: { refText: string; day: Day; today: Day; children: React.ReactNode }) {
  const parsed = parseRef(refText);
  if (!parsed) return null;
  return (
    <Link
      to="/$kind/$"
      params={{ kind: parsed.kind, _splat: parsed.name }}
      search={{ at: day >= today ? undefined : day }}
      className={styles.action}
      title={`The page of ${parsed.name} as of ${shortDay(day)}`}
    >
      {children}
    </Link>
  );
}

function laneName(lane: string): string {
  return parseRef(lane)?.name ?? topicName(lane as Topic).toLowerCase();
}

function narrowed(selection: Selection, lane: string | undefined): Selection {
  if (!lane) return selection;
  return parseRef(lane) ? { ...selection, of: [lane], team: null } : { ...selection, ...askedFor([lane as Topic]) };
}
