import { Link } from "@tanstack/react-router";
import { type ReactNode, useState } from "react";
import { Button as AriaButton } from "react-aria-components";
import { EntityFacet, type Facet, History } from "../../api/generated";
import { isRef, parseRef } from "../../lib/entity";
import { absolute, dayOf, relative, relativeDay, shortDay } from "../../lib/moment";
import { counted } from "../../lib/text";
import { fieldText, safeUrl, saidText, valueText } from "../../lib/value";
import { ChangeValues, ValueText } from "../../shell/Change";
import { useAsk } from "../../shell/data";
import { EntityLink } from "../../shell/EntityLink";
import { useMoment } from "../../shell/moment";
import { Button } from "../../ui/Button";
import { Lines, Panel } from "../../ui/Panel";
import { PopoverButton } from "../../ui/Popover";
import { State } from "../../ui/State";
import { useSubject } from "./context";
import styles from "./FactPanel.module.css";
import { type Fact, factName, findFact } from "./facts";

/**
 * A value that can be asked: whose word it is, since when, how fresh, what it was before. The underline tells how it is
 * known: dotted, dashed if it was reconstructed, dimmed with a clock if it is stale. A value that leads somewhere stays a
 * link and is asked by the mark behind it, which tells only when it is asked.
 */
export function Asked({ fact, link, children }: { fact: Fact | undefined; link?: boolean; children: ReactNode }) {
  if (!fact) return <span className={styles.value}>{children}</span>;
  const { stale, layer } = fact.saidBy;
  const isBackfilled = layer === "BACKFILLED";
  const name = factName(fact);
  const look = `${styles.value} ${stale ? styles.stale : ""}`;
  const underline = isBackfilled ? styles.backfilled : styles.known;
  const trigger = link ? (
    <AriaButton className={styles.mark ?? ""} aria-label={`Ask about ${name}`}>
      ?
    </AriaButton>
  ) : (
    <AriaButton className={`${styles.trigger} ${underline}`} aria-label={`${name}: ${fieldText(fact.path, fact.value)}. Ask about it`}>
      {children}
    </AriaButton>
  );
  return (
    <span className={look}>
      {link ? children : null}
      <PopoverButton label={`About ${name}`} wide trigger={trigger}>
        {(close) => <FactPanel fact={fact} close={close} />}
      </PopoverButton>
      {stale ? (
        <State name="stale" quiet>
          not confirmed lately
        </State>
      ) : null}
      {isBackfilled ? <span className="hidden-visually"> reconstructed</span> : null}
      <Disputed fact={fact} />
    </span>
  );
}

/**
 * A value of a list so long that the statements behind it are not loaded with it: they come when the panel opens, and
 * only then it is known whether they are stale, reconstructed or disputed.
 */
export function AskedLater({
  of,
  facet,
  field,
  label,
  children,
}: {
  /** The ref of another entity that the fact is about, such as a package. */
  of?: string | undefined;
  facet: Facet;
  field: string;
  label: string;
  children: ReactNode;
}) {
  const trigger = (
    <AriaButton className={`${styles.trigger} ${styles.known}`} aria-label={`${label}. Ask about it`}>
      {children}
    </AriaButton>
  );
  return (
    <PopoverButton label={`About ${label}`} wide trigger={trigger}>
      {(close) => <LaterPanel of={of} facet={facet} field={field} close={close} />}
    </PopoverButton>
  );
}

function LaterPanel({ of, facet, field, close }: { of: string | undefined; facet: Facet; field: string; close: () => void }) {
  const { asked, at } = useSubject();
  const answering = useAsk(EntityFacet, { ref: of ?? asked, at: at ?? null, facet });
  const other = of === undefined ? undefined : answering.data?.entity.entity?.id;
  const fact = findFact(answering.data?.entity.entity?.facets ?? [], facet, field);
  return (
    <div className={styles.panel}>
      <Panel
        answering={answering}
        skeleton={<Lines count={6} height={24} />}
        empty={() => (fact ? undefined : <p className="quiet">No source states this on this day any more.</p>)}
      >
        {() =>
          fact ? <FactPanel fact={fact} close={close} other={of !== undefined && other ? { ref: of, id: other } : undefined} /> : null
        }
      </Panel>
    </div>
  );
}

/** What other sources say, in place: nobody should have to open anything to see that there is another opinion. */
function Disputed({ fact }: { fact: Fact }) {
  return fact.disagreements.map(({ value, saidBy }) => (
    <span key={`${saidBy.source} ${saidBy.origin} ${saidBy.resource}`} className={styles.disputed}>
      <State name="warning">
        {saidBy.origin} says <ValueText text={valueText(value)} />
      </State>
    </span>
  ));
}

function FactPanel({
  fact,
  close,
  other,
}: {
  fact: Fact;
  close: () => void;
  /** The entity that the fact is about, if that is another than the page's. */
  other?: { ref: string; id: string } | undefined;
}) {
  const { zone, now, day, today } = useMoment();
  const { entity, at } = useSubject();
  const history = useAsk(History, { of: other?.id ?? entity.id, field: fact.path, at: at ?? null });
  const of = other ? parseRef(other.ref) : undefined;
  const { saidBy, disagreements } = fact;
  const changes = history.data?.history.nodes ?? [];
  const newest = changes.at(-1);
  const since = newest?.at ?? saidBy.since;
  const sinceDay = dayOf(since, zone);
  return (
    <div className={styles.panel}>
      <h2 className={styles.name}>{factName(fact)}</h2>
      <p className={styles.said}>
        <ValueText text={fieldText(fact.path, fact.value)} />
      </p>
      <dl className={styles.details}>
        <dt>Says</dt>
        <dd>
          <Link to="/collectors" search={{ source: saidBy.source }}>
            {saidBy.source}
          </Link>
          {saidBy.origin === saidBy.source ? null : `, ${saidBy.origin}`}
          <span className={styles.resource}>about {saidBy.resource}</span>
        </dd>
        <dt>Since</dt>
        <dd>
          <time dateTime={since} title={absolute(since, zone)}>
            {shortDay(sinceDay)}
          </time>
          , {relativeDay(sinceDay, day === today ? today : day)}
          {day === today ? "" : ", as seen from this day"}
          {saidBy.layer === "BACKFILLED" ? (
            <span className={styles.layer}>
              <State name="backfilled">reconstructed from the source's own history</State>
            </span>
          ) : null}
        </dd>
        <dt>Confirmed</dt>
        <dd>
          {saidBy.lastConfirmed ? (
            <time dateTime={saidBy.lastConfirmed} title={absolute(saidBy.lastConfirmed, zone)}>
              {day === today ? relative(saidBy.lastConfirmed, now) : absolute(saidBy.lastConfirmed, zone)}
            </time>
          ) : (
            <State name="unknown">by no run up to this day</State>
          )}
          {saidBy.stale ? (
            <span className={styles.layer}>
              <State name="stale">stale: the source missed at least two runs since</State>
            </span>
          ) : null}
        </dd>
        <dt>Check</dt>
        <dd>
          <Check check={saidBy.check} />
        </dd>
      </dl>
      {disagreements.length > 0 ? (
        <section className={styles.part}>
          <h3>Sources disagree</h3>
          <ul className={styles.statements}>
            {disagreements.map(({ value, saidBy: other }) => (
              <li key={`${other.source} ${other.origin} ${other.resource}`}>
                <State name="warning">
                  <ValueText text={valueText(value)} />
                </State>
                <span className="quiet">
                  says {saidText(other)} · since {shortDay(dayOf(other.since, zone))}
                  {other.stale ? " · stale" : ""}
                </span>
                <Check check={other.check} />
              </li>
            ))}
          </ul>
          <p className="quiet">{saidBy.origin} comes first in the order of precedence.</p>
        </section>
      ) : null}
      <section className={styles.part}>
        <h3>Its values, newest first</h3>
        <Panel
          answering={history}
          skeleton={<Lines count={2} height={24} />}
          empty={({ history: { nodes } }) => (nodes.length === 0 ? <p className="quiet">No other value is recorded.</p> : undefined)}
        >
          {({ history: { totalCount } }) => (
            <>
              <ol className={styles.values}>
                {changes
                  .slice(-5)
                  .reverse()
                  .map((change) => (
                    <li key={`${change.at} ${JSON.stringify(change.after)}`}>
                      <time dateTime={change.at} title={absolute(change.at, zone)}>
                        {shortDay(dayOf(change.at, zone))}
                      </time>
                      <span>
                        {change.isChange ? null : <span className="quiet">first known </span>}
                        <ChangeValues change={change} label={false} />
                        {change.layer === "BACKFILLED" ? (
                          <State name="backfilled" quiet>
                            reconstructed
                          </State>
                        ) : null}
                      </span>
                    </li>
                  ))}
              </ol>
              <Link
                {...(of ? { to: "/$kind/$" as const, params: { kind: of.kind, _splat: of.name } } : { to: "." as const })}
                search={(search: Record<string, unknown>) => ({
                  ...(of ? { at: search.at as string | undefined } : search),
                  tab: "history",
                  q: fact.path,
                  doc: undefined,
                })}
                onClick={close}
                className={styles.whole}
              >
                Whole history ({counted(totalCount, "value")})
              </Link>
            </>
          )}
        </Panel>
      </section>
    </div>
  );
}

/** Where a person can check: a link, or a commit and a path to copy. */
export function Check({ check }: { check: string | null }) {
  const url = safeUrl(check);
  if (url) {
    return (
      <a href={url} target="_blank" rel="noreferrer noopener" className={styles.check}>
        Open at the source <span aria-hidden="true">↗</span>
      </a>
    );
  }
  if (!check) return <State name="unknown">the source names no place</State>;
  const [commit = "", ...rest] = check.split(":");
  const isCommit = /^[0-9a-f]{12,}$/.test(commit);
  return (
    <span className={styles.check}>
      <code title={check}>{isCommit ? [commit.slice(0, 9), ...rest].join(":") : check}</code>
      <CopyButton text={check} what="the place" />
    </span>
  );
}

/** Copies a text, and says so. */
export function CopyButton({ text, what }: { text: string; what: string }) {
  const [state, setState] = useState<"ready" | "copied" | "failed">("ready");
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(text);
      setState("copied");
    } catch {
      // The browser may forbid it; the text can still be selected.
      setState("failed");
    }
    setTimeout(() => setState("ready"), 1_600);
  };
  return (
    <Button look="plain" className={styles.copy ?? ""} onPress={() => void copy()} aria-label={`Copy ${what}`}>
      <span aria-live="polite">{state === "ready" ? "Copy" : state === "copied" ? "Copied" : "Not allowed"}</span>
    </Button>
  );
}

/** A fact's value as it stands in a list of facts. */
export function FactValue({ fact }: { fact: Fact }) {
  const { value } = fact;
  const items = Array.isArray(value) ? value : [value];
  if (items.length > 0 && items.every(isRef)) {
    return (
      <Asked fact={fact} link>
        {items.map((item, place) => (
          <span key={item}>
            {place > 0 ? ", " : ""}
            <EntityLink to={item} />
          </span>
        ))}
      </Asked>
    );
  }
  const url = typeof value === "string" ? safeUrl(value) : undefined;
  if (url) {
    return (
      <Asked fact={fact} link>
        <a href={url} target="_blank" rel="noreferrer noopener">
          {valueText(value)}
        </a>
      </Asked>
    );
  }
  return (
    <Asked fact={fact}>
      <PlainValue path={fact.path} value={value} />
    </Asked>
  );
}

function PlainValue({ path, value }: { path: string; value: unknown }) {
  const { zone } = useMoment();
  if (typeof value === "string") {
    if (/^\d{4}-\d{2}-\d{2}T[\d:.]+Z$/.test(value)) return absolute(value, zone);
    if (/^[0-9a-f]{40}$/.test(value)) return <code title={value}>{value.slice(0, 12)}</code>;
    return value === "" ? <span className="quiet">empty text</span> : value;
  }
  if (Array.isArray(value) && value.length === 0) return <span className="quiet">an empty list</span>;
  return fieldText(path, value);
}
