import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import type { EventPartsFragment } from "../api/generated";
import { eventInWords, hasDetails, hasDuration, lasted } from "../lib/event";
import { absolute } from "../lib/moment";
import { safeUrl } from "../lib/value";
import { Warned } from "../ui/Notice";
import { State } from "../ui/State";
import styles from "./Event.module.css";
import { useMoment } from "./moment";

/** What happened, where, and how it ended, in a line. */
export function EventValues({ event, label = true }: { event: EventPartsFragment; label?: boolean }) {
  const { word, what, place, rollback, tone, state } = eventInWords(event);
  return (
    <span className={styles.event}>
      {label ? <span className={styles.label}>{word.toLowerCase()}</span> : null}
      <span className={event.deployment || event.rollout ? styles.version : styles.what}>{what}</span>
      {place ? <span className={styles.place}>{place}</span> : null}
      {rollback ? <Warned>rollback</Warned> : null}
      <span className={tone === "bad" ? styles.failed : styles.state}>
        <State name={tone}>{state}</State>
      </span>
    </span>
  );
}

/** By whom, how long it took, who tells of it, when, and where to look at it. */
export function EventSource({ event }: { event: EventPartsFragment }) {
  const { zone } = useMoment();
  const { by, note } = eventInWords(event);
  const took = tookText(event);
  return (
    <span className={styles.source}>
      {note ? <span className={styles.note}>{note}</span> : null}
      <span>
        {by ? `by ${by} · ` : ""}
        {took ? `${took} · ` : ""}
        {event.source} · <time dateTime={event.at}>{absolute(event.at, zone)}</time>
      </span>
      <EventLinks event={event} />
    </span>
  );
}

interface DetailsLinkProps {
  event: Pick<EventPartsFragment, "id">;
  children: ReactNode;
  className?: string | undefined;
}

/** Leads to everything that is known of an event. */
export function DetailsLink({ event, children, className }: DetailsLinkProps) {
  return (
    <Link to="/event/$id" params={{ id: event.id }} className={className}>
      {children}
    </Link>
  );
}

interface EventLinksProps {
  event: Pick<EventPartsFragment, "id" | "eventKind" | "url" | "deployment">;
  /** Its details are shown already. */
  isHere?: boolean;
}

/** The links of an event that a person may follow. */
export function EventLinks({ event, isHere = false }: EventLinksProps) {
  const links: [string, string | undefined][] = [
    ["open", safeUrl(event.url)],
    ["log", safeUrl(event.deployment?.log)],
  ];
  return (
    <>
      {hasDetails(event) && !isHere ? (
        <DetailsLink event={event} className={styles.link}>
          details
        </DetailsLink>
      ) : null}
      {links.map(([name, url]) =>
        url && (name === "open" || url !== safeUrl(event.url)) ? (
          <a key={name} href={url} target="_blank" rel="noreferrer" className={styles.link}>
            {name} <span aria-hidden="true">↗</span>
            <span className="hidden-visually"> in a new tab</span>
          </a>
        ) : null,
      )}
    </>
  );
}

/** `took 4 min`, or `for 4 min so far`. */
export function tookText({ eventKind, ended, seconds }: Pick<EventPartsFragment, "eventKind" | "ended" | "seconds">): string | undefined {
  if (!hasDuration(eventKind)) return undefined;
  if (ended === null) return `for ${lasted(seconds)} so far`;
  return seconds > 0 ? `took ${lasted(seconds)}` : undefined;
}
