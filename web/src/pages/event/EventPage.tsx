import { getRouteApi } from "@tanstack/react-router";
import { useEffect } from "react";
import { EventDetails, type EventDetailsQuery } from "../../api/generated";
import { eventInWords, eventWord, stateOf } from "../../lib/event";
import { absolute, relative } from "../../lib/moment";
import { safeUrl } from "../../lib/value";
import { useAsk } from "../../shell/data";
import { EntityLink } from "../../shell/EntityLink";
import { EventLinks, tookText } from "../../shell/Event";
import { useGoTo, useMoment } from "../../shell/moment";
import { Button } from "../../ui/Button";
import { Warned } from "../../ui/Notice";
import { Lines, Message, Panel } from "../../ui/Panel";
import { State } from "../../ui/State";
import { BroughtAbout, BroughtAboutBy } from "./Causes";
import styles from "./EventPage.module.css";

export type Details = NonNullable<EventDetailsQuery["event"]>;

const route = getRouteApi("/event/$id");

/** One event: what it was, how it went, and what brought it about or what it brought about. */
export default function EventPage() {
  const { id } = route.useParams();
  const { at } = useMoment();
  const answering = useAsk(EventDetails, { id, at: at ?? null });
  const event = answering.data?.event;
  const title = event ? `${eventInWords(event).what} (${eventWord(event.eventKind).toLowerCase()})` : "Event";
  useEffect(() => {
    document.title = `${title} · spot`;
  }, [title]);
  return (
    <div className={styles.page}>
      <Panel
        answering={answering}
        skeleton={<Lines count={8} height={40} />}
        empty={({ event }) => (event ? undefined : <NoEvent id={id} />)}
      >
        {({ event }) => (event ? <Shown event={event} /> : null)}
      </Panel>
    </div>
  );
}

function NoEvent({ id }: { id: string }) {
  const { isPast } = useMoment();
  const goTo = useGoTo();
  return (
    <Message isPage title={isPast ? "It had not happened yet" : "There is no such event"} role="alert">
      <p>
        Nothing called <code>{id.slice(0, 60)}</code> is known {isPast ? "of this day or any before" : "to this server"}.
      </p>
      {isPast ? (
        <p>
          <Button look="primary" onPress={() => goTo(undefined)}>
            Go to today
          </Button>
        </p>
      ) : null}
    </Message>
  );
}

function Shown({ event }: { event: Details }) {
  const { zone, now } = useMoment();
  const { word, what, place, rollback, tone, state, by, note } = eventInWords(event);
  const { incident, entity } = event;
  const postmortem = safeUrl(incident?.postmortem);
  const steps = event.history.filter((step) => step.state !== null);
  return (
    <article>
      <header className={styles.head}>
        <p className={styles.word}>{word}</p>
        <h1>{what}</h1>
        <State name={tone}>{state}</State>
        {rollback ? <Warned>rollback</Warned> : null}
      </header>
      <dl className={styles.facts}>
        <Fact name={event.eventKind === "INCIDENT" ? "Happened to" : "Of"}>
          {entity ? <EntityLink to={entity.ref}>{entity.title ?? entity.name}</EntityLink> : event.resource}
        </Fact>
        <Fact name={incident ? "Severity" : "Where"}>{place ?? incident?.rawSeverity}</Fact>
        <Fact name="Began">
          <time dateTime={event.at}>{absolute(event.at, zone)}</time>, {relative(event.at, now)}
        </Fact>
        <Fact name="Time">{tookText(event)}</Fact>
        <Fact name="By">{by}</Fact>
        <Fact name="Affected">{incident?.features.join(", ")}</Fact>
        <Fact name="Impact">{incident?.impact}</Fact>
        <Fact name="Note">{note}</Fact>
        <Fact name="Told by">
          {event.source} <EventLinks event={event} isHere />
        </Fact>
        <Fact name="Looked back upon">
          {postmortem ? (
            <a href={postmortem} target="_blank" rel="noreferrer">
              postmortem <span aria-hidden="true">↗</span>
              <span className="hidden-visually"> in a new tab</span>
            </a>
          ) : undefined}
        </Fact>
      </dl>
      {incident ? <BroughtAboutBy event={event} incident={incident} /> : null}
      {event.deployment || event.rollout ? <BroughtAbout event={event} /> : null}
      {steps.length > 0 ? (
        <section className={styles.section} aria-label="How it went">
          <h2>How it went</h2>
          <ol className={styles.steps}>
            {steps.map(({ at, state }) => (
              <li key={`${at} ${state}`}>
                <time dateTime={at}>{absolute(at, zone)}</time>
                <span>{stateOf(state)[1]}</span>
              </li>
            ))}
          </ol>
        </section>
      ) : null}
    </article>
  );
}

function Fact({ name, children }: { name: string; children: React.ReactNode }) {
  if (children === undefined || children === null || children === "") return null;
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
