/** Which deployments brought an incident about, by whose word; whoever may can say otherwise. */
import { useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { type ReactNode, useRef, useState } from "react";
import { AskError, order } from "../../api/client";
import { type CausePartsFragment, EventDetails, type EventPartsFragment, JudgeCause, Status } from "../../api/generated";
import { basisText, LONGEST_REASON, SAY_NAMES, SAY_VALUES, type Say, sayings } from "../../lib/cause";
import { eventInWords } from "../../lib/event";
import { absolute } from "../../lib/moment";
import { EntityLink } from "../../shell/EntityLink";
import { DetailsLink } from "../../shell/Event";
import { useMoment } from "../../shell/moment";
import { useSession } from "../../shell/session";
import { Button } from "../../ui/Button";
import { Warned } from "../../ui/Notice";
import { PopoverButton } from "../../ui/Popover";
import { State } from "../../ui/State";
import type { Details } from "./EventPage";
import styles from "./EventPage.module.css";

/** Says something of a deployment and an incident; `named` is the deployment in words. */
type Judge = (say: Say, pair: Pair, named: string, reason: string, done: () => void) => Promise<void>;

interface Pair {
  deployment: string;
  incident: string;
}

/** Of an incident: the deployments that brought it about, those that did not, and those that a person may name. */
export function BroughtAboutBy({ event, incident }: { event: Details; incident: NonNullable<Details["incident"]> }) {
  const { broughtAboutBy: causes, candidates } = incident;
  const { may } = useSession();
  return (
    <Section title="Brought about by">
      {(judge) => (
        <>
          {causes.some(({ isCause }) => isCause) ? null : (
            <p className="quiet">
              {event.entity
                ? "No deployment is known to have brought it about."
                : "It is not known which service it happened to, so no deployment can be found by rule."}
            </p>
          )}
          <ul className={styles.causes}>
            {causes.map((cause) => (
              <Row key={cause.deployment.id} cause={cause} other={cause.deployment} judge={judge} />
            ))}
          </ul>
          {may("admin") && candidates.length > 0 ? (
            <section aria-label="Other deployments before it">
              <h3>Other deployments before it</h3>
              <ul className={styles.causes}>
                {candidates.map((candidate) => (
                  <li key={candidate.id} className={styles.cause}>
                    <Named event={candidate} />
                    <div className={styles.buttons}>
                      <SayButton
                        say="cause"
                        pair={{ deployment: candidate.id, incident: event.id }}
                        named={nameOf(candidate)}
                        judge={judge}
                      />
                    </div>
                  </li>
                ))}
              </ul>
            </section>
          ) : null}
        </>
      )}
    </Section>
  );
}

/** Of a deployment or rollout: the incidents that it brought about, and those that it did not. */
export function BroughtAbout({ event: { broughtAbout: causes } }: { event: Details }) {
  return (
    <Section title="Brought about">
      {(judge) => (
        <>
          {causes.some(({ isCause }) => isCause) ? null : <p className="quiet">No incident is known to have come of it.</p>}
          <ul className={styles.causes}>
            {causes.map((cause) => (
              <Row key={cause.incident.id} cause={cause} other={cause.incident} judge={judge} />
            ))}
          </ul>
        </>
      )}
    </Section>
  );
}

/** A heading to which the keyboard returns once something was said, and what came of that. */
function Section({ title, children }: { title: string; children: (judge: Judge) => ReactNode }) {
  const { session, isSignedIn, may } = useSession();
  const cache = useQueryClient();
  const heading = useRef<HTMLHeadingElement>(null);
  const [said, setSaid] = useState("");
  const judge: Judge = async (say, { deployment, incident }, named, reason, done) => {
    await order(JudgeCause, { deployment, incident, isCause: SAY_VALUES[say], reason: reason.trim() || null }, session?.csrf);
    done();
    await cache.invalidateQueries({ queryKey: [EventDetails] });
    // The figures of other pages follow when the store is seen to have grown.
    void cache.invalidateQueries({ queryKey: [Status] });
    const words: Record<Say, string> = {
      cause: "was the cause",
      not: "was not the cause",
      undo: "is judged by the rule and its source again",
    };
    setSaid(`Kept: ${named} ${words[say]}.`);
    // The button is gone, and its small panel with it.
    requestAnimationFrame(() => heading.current?.focus({ preventScroll: true }));
  };
  return (
    <section className={styles.section} aria-label={title}>
      <h2 ref={heading} tabIndex={-1}>
        {title}
      </h2>
      {children(judge)}
      <p role="status" className="quiet">
        {said}
      </p>
      {isSignedIn && !may("admin") ? <p className="quiet">Whoever has the role admin can correct this.</p> : null}
    </section>
  );
}

function Row({ cause, other, judge }: { cause: CausePartsFragment; other: EventPartsFragment; judge: Judge }) {
  const { zone } = useMoment();
  const { may } = useSession();
  const { isCause, word } = cause;
  // A word is taken back where it was given, which may be in another region.
  const pair = { deployment: word?.deployment?.id ?? cause.deployment.id, incident: cause.incident.id };
  return (
    <li className={styles.cause} data-rejected={isCause ? undefined : true}>
      <Named event={other} />
      <p className={styles.basis}>
        <State name={isCause ? "changed" : "gone"}>{isCause ? "the cause" : "not the cause"}</State>
        <span>{basisText(cause, zone)}</span>
        {word?.reason ? <q>{word.reason}</q> : null}
      </p>
      {may("admin") ? (
        <div className={styles.buttons}>
          {sayings(cause).map((say) => (
            <SayButton key={say} say={say} pair={pair} named={nameOf(cause.deployment)} judge={judge} />
          ))}
        </div>
      ) : null}
    </li>
  );
}

/** An event on a line, as a link to its details. */
function Named({ event }: { event: EventPartsFragment }) {
  const { zone } = useMoment();
  const { place, rollback } = eventInWords(event);
  return (
    <p className={styles.named}>
      <DetailsLink event={event}>{nameOf(event)}</DetailsLink>
      {event.entity ? (
        <EntityLink to={event.entity.ref}>{event.entity.title ?? event.entity.name}</EntityLink>
      ) : (
        <span>{event.resource}</span>
      )}
      {place ? <span className="quiet">{place}</span> : null}
      {rollback ? <Warned>rollback</Warned> : null}
      <time dateTime={event.at} className="quiet">
        {absolute(event.at, zone)}
      </time>
    </p>
  );
}

interface SayButtonProps {
  say: Say;
  pair: Pair;
  named: string;
  judge: Judge;
}

/** A button that asks why before it is said; nobody has to answer. */
function SayButton({ say, pair, named, judge }: SayButtonProps) {
  return (
    <PopoverButton
      label={`${SAY_NAMES[say]}: ${named}`}
      trigger={<Button aria-label={`${SAY_NAMES[say]}: ${named}`}>{SAY_NAMES[say]}</Button>}
    >
      {(close) => <SayForm say={say} pair={pair} named={named} judge={judge} close={close} />}
    </PopoverButton>
  );
}

function SayForm({ say, pair, named, judge, close }: SayButtonProps & { close: () => void }) {
  const [reason, setReason] = useState("");
  const [isSaying, setSaying] = useState(false);
  const [error, setError] = useState<Error | undefined>();
  const submit = async (): Promise<void> => {
    setSaying(true);
    setError(undefined);
    try {
      await judge(say, pair, named, reason, close);
    } catch (error) {
      setError(error instanceof Error ? error : new Error(String(error)));
      setSaying(false);
    }
  };
  return (
    <form
      className={styles.form}
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
    >
      <p>
        {say === "undo"
          ? "What was said is withdrawn. The source, or the rule, decides again."
          : "It is kept with your name and the date, and counts in the figures of delivery."}
      </p>
      <label>
        <span>
          Why <span className="quiet">(if you like)</span>
        </span>
        <textarea
          // The reader opened this to say something.
          // biome-ignore lint/a11y/noAutofocus: see above
          autoFocus
          rows={2}
          maxLength={LONGEST_REASON}
          value={reason}
          onChange={({ target }) => setReason(target.value)}
        />
      </label>
      {error ? <Refused error={error} /> : null}
      <div className={styles.buttons}>
        <Button type="submit" look="primary" isDisabled={isSaying}>
          {isSaying ? "Keeping it…" : say === "undo" ? "Withdraw it" : "Say so"}
        </Button>
        <Button onPress={close} isDisabled={isSaying}>
          Cancel
        </Button>
      </div>
    </form>
  );
}

function Refused({ error }: { error: Error }) {
  const isSession = error instanceof AskError && ["UNAUTHENTICATED", "FORBIDDEN", "CSRF"].includes(error.code ?? "");
  return (
    <p role="alert" className={styles.refused}>
      It was not kept. {error.message}.{" "}
      {isSession ? (
        <Link to="/signin" search={{ to: window.location.pathname }}>
          Sign in again
        </Link>
      ) : null}
    </p>
  );
}

function nameOf(event: EventPartsFragment): string {
  return eventInWords(event).what;
}
