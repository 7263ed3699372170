import { useMemo } from "react";
import type { EventKind, EventPartsFragment } from "../../api/generated";
import { eventInWords, eventWords } from "../../lib/event";
import { absolute, clock, relativeDay, weekDay } from "../../lib/moment";
import { count, counted } from "../../lib/text";
import { EntityLink } from "../../shell/EntityLink";
import { EventLinks, EventValues, tookText } from "../../shell/Event";
import { useMoment } from "../../shell/moment";
import { Button } from "../../ui/Button";
import { Lines, Panel } from "../../ui/Panel";
import styles from "./Deployments.module.css";
import type { DeploymentsSearch } from "./DeploymentsPage";
import { useEvents } from "./useDeployed";

interface DayListProps {
  environment: string | undefined;
  kind: EventKind;
  results: string | undefined;
  change: (next: { [name in keyof DeploymentsSearch]?: string | undefined }) => void;
}

const RESULTS: Record<string, { name: string; states: string[] }> = {
  failed: { name: "Failed", states: ["failure", "error"] },
  running: { name: "On their way", states: ["queued", "in_progress"] },
};

/** What was deployed on the day that is looked at, newest first. */
export function DayList({ environment, kind, results, change }: DayListProps) {
  const { at, day, today } = useMoment();
  const wanted = useMemo(
    () => ({
      from: day,
      to: at ?? day,
      environment: environment ?? null,
      kinds: [kind],
      states: (results ? RESULTS[results]?.states : undefined) ?? null,
    }),
    [day, at, environment, kind, results],
  );
  const events = useEvents(wanted, 100, environment !== undefined);
  return (
    <aside className={styles.aside} aria-label="What was deployed on this day">
      <div className={styles.asideHead}>
        <h2>{weekDay(day)}</h2>
        <span className="quiet">{relativeDay(day, today)}</span>
        <span className={styles.asideTools}>
          <select
            aria-label="Kind"
            value={kind}
            onChange={({ target }) => change({ kind: target.value === "ROLLOUT" ? "rollout" : undefined })}
          >
            <option value="DEPLOYMENT">Deployments</option>
            <option value="ROLLOUT">Rollouts of clusters</option>
          </select>
          <select aria-label="Result" value={results ?? ""} onChange={({ target }) => change({ results: target.value || undefined })}>
            <option value="">Any result</option>
            {Object.entries(RESULTS).map(([id, { name }]) => (
              <option key={id} value={id}>
                {name}
              </option>
            ))}
          </select>
        </span>
      </div>
      {/* A region that scrolls has to be reachable by keyboard. */}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: see above */}
      <div className={styles.asideBody} role="region" aria-label="Events of the day" tabIndex={0}>
        <Panel
          answering={events}
          skeleton={<Lines count={10} height={48} />}
          empty={({ total }) =>
            total > 0 ? undefined : (
              <p className={styles.nothing}>
                {results
                  ? "None of this day with this result."
                  : `No ${eventWords(kind).toLowerCase()} in ${environment} on this day. What stood before stands on.`}
              </p>
            )
          }
        >
          {({ nodes, total }) => (
            <>
              <ol className={styles.events}>
                {nodes.map((event) => (
                  <EventRow key={event.id} event={event} />
                ))}
              </ol>
              {nodes.length < total ? (
                <p className={styles.more}>
                  <Button onPress={() => void events.fetchNextPage()} isDisabled={events.isFetchingNextPage}>
                    {events.isFetchingNextPage ? "Loading…" : `Show ${count(Math.min(100, total - nodes.length))} more`}
                  </Button>
                  <span className="quiet">
                    {count(nodes.length)} of {counted(total, "event")}
                  </span>
                </p>
              ) : null}
            </>
          )}
        </Panel>
      </div>
    </aside>
  );
}

/** One deployment on two lines. */
export function EventRow({ event, withDay = false, named = true }: { event: EventPartsFragment; withDay?: boolean; named?: boolean }) {
  const { zone } = useMoment();
  const { by, note } = eventInWords(event);
  return (
    <li className={styles.event}>
      <time dateTime={event.at} title={absolute(event.at, zone)} className={styles.time}>
        {withDay ? null : clock(event.at, zone)}
      </time>
      <div className={styles.eventText}>
        {named ? (
          <span className={styles.eventName}>
            {event.entity ? <EntityLink to={event.entity.ref}>{event.entity.title ?? event.entity.name}</EntityLink> : event.resource}
          </span>
        ) : null}{" "}
        <EventValues event={event} label={false} />
        <p className={styles.eventMore}>
          {[withDay ? absolute(event.at, zone) : undefined, by ? `by ${by}` : undefined, tookText(event), note].filter(Boolean).join(" · ")}{" "}
          <EventLinks event={event} />
        </p>
      </div>
    </li>
  );
}
