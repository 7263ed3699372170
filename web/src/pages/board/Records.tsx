import { useEffect, useRef, useState } from "react";
import type { BoardRecordFragment, Metric } from "../../api/generated";
import { figureText, whyUnknown } from "../../lib/figure";
import { absolute, clock, dayOf, relative, weekDay } from "../../lib/moment";
import { count, counted } from "../../lib/text";
import { safeUrl } from "../../lib/value";
import { EntityLink } from "../../shell/EntityLink";
import { DetailsLink } from "../../shell/Event";
import { useMoment } from "../../shell/moment";
import { Button } from "../../ui/Button";
import { Lines, Panel } from "../../ui/Panel";
import { State } from "../../ui/State";
import { type Only, onlyText } from "./address";
import styles from "./Board.module.css";
import { useBoardContext } from "./context";
import { recordWords } from "./record";
import { nameOfFigure } from "./Tiles";
import { TimelineLink } from "./TimelineLink";
import { useRecords } from "./useBoard";

/** The records that a figure is made of, or some of them, a page at a time. */
export function Records({ metric, only, close }: { metric: Metric; only: Only; close: () => void }) {
  const { asked, told, open } = useBoardContext();
  const heading = useRef<HTMLHeadingElement>(null);
  // The keyboard goes to what was opened, and back to where it came from.
  const [opener] = useState(() => (document.activeElement instanceof HTMLElement ? document.activeElement : null));
  useEffect(() => {
    heading.current?.focus({ preventScroll: true });
    return () => {
      requestAnimationFrame(() => {
        if (document.activeElement === document.body) opener?.focus({ preventScroll: true });
      });
    };
  }, [opener]);
  const answering = useRecords(asked, metric, only);
  const which = onlyText(only);
  const figure = told.get(metric);
  const { data, hasNextPage, isFetchingNextPage, fetchNextPage } = answering;
  return (
    <aside
      className={styles.records}
      aria-label="What the figure is made of"
      onKeyDown={(event) => {
        if (event.key !== "Escape") return;
        event.stopPropagation();
        close();
      }}
    >
      <div className={styles.recordsHead}>
        <h2 ref={heading} tabIndex={-1}>
          {figure ? nameOfFigure(figure) : "Records"}
          {which ? ` ${which}` : ""}
        </h2>
        {figure && !which ? (
          <strong className={styles.recordsValue}>
            {figure.value === null ? whyUnknown(figure.covered) : figureText(figure, figure.value)}
          </strong>
        ) : null}
        <Button look="plain" aria-label="Close" onPress={close} className={styles.close ?? ""}>
          <span aria-hidden="true">×</span>
        </Button>
      </div>
      {/* A region that scrolls has to be reachable by keyboard. */}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: see above */}
      <div className={styles.recordsBody} role="region" aria-label="Records" tabIndex={0}>
        {figure ? <p className={styles.definition}>{figure.definition}</p> : null}
        {which ? (
          <p className={styles.definition}>
            Only those {which}. <Button onPress={() => open(metric)}>Show all</Button>
          </p>
        ) : null}
        <Panel
          answering={answering}
          skeleton={<Lines count={10} height={56} />}
          empty={({ total }) => (total > 0 ? undefined : <p className={styles.none}>Nothing of this kind is recorded in this period.</p>)}
        >
          {({ nodes, total }) => (
            <>
              <ol className={styles.recordList}>
                {nodes.map((record) => (
                  <RecordRow key={record.id} record={record} />
                ))}
              </ol>
              <p className={styles.recordsMore}>
                {hasNextPage ? (
                  <Button onPress={() => void fetchNextPage()} isDisabled={isFetchingNextPage}>
                    {isFetchingNextPage ? "Loading…" : `Show ${count(Math.min(50, total - nodes.length))} more`}
                  </Button>
                ) : null}
                <span className="quiet">
                  {nodes.length < total ? `${count(nodes.length)} of ${counted(total, "record")}` : counted(total, "record")}
                </span>
              </p>
            </>
          )}
        </Panel>
        {data?.hint ? <p className={styles.definition}>{data.hint}</p> : null}
      </div>
    </aside>
  );
}

function RecordRow({ record }: { record: BoardRecordFragment }) {
  const { zone, now: present, day, isPast } = useMoment();
  const now = isPast ? `${day}T23:59:59Z` : present;
  const { key, title, mark, facts, late } = recordWords(record, now, zone);
  const url = safeUrl(record.url);
  return (
    <li className={styles.record}>
      <p className={styles.recordTitle}>
        {key ? <span className={styles.recordKey}>{key}</span> : null}
        {url ? (
          <a href={url} target="_blank" rel="noreferrer">
            {title} <span aria-hidden="true">↗</span>
            <span className="hidden-visually"> in a new tab</span>
          </a>
        ) : (
          <span>{title}</span>
        )}
      </p>
      <p className={styles.recordFacts}>
        <State name={mark.name}>{mark.word}</State>
        {record.entity ? (
          <EntityLink to={record.entity.ref}>{record.entity.title ?? record.entity.name}</EntityLink>
        ) : (
          <span>no service known</span>
        )}
        <time dateTime={record.at} title={absolute(record.at, zone)}>
          {weekDay(dayOf(record.at, zone))}, {clock(record.at, zone)}
          <span className="hidden-visually">, {relative(record.at, now)}</span>
        </time>
        {late ? <span className={styles.late}>{late}</span> : null}
        {facts.map((fact) => (
          <span key={fact}>{fact}</span>
        ))}
        {record.incident || record.deployment || record.rollout ? <DetailsLink event={record}>details</DetailsLink> : null}
        {record.incident ? <TimelineLink record={record}>in the timeline</TimelineLink> : null}
      </p>
    </li>
  );
}
