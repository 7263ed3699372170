import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { EntityNearest, History } from "../../api/generated";
import { isKindWord, KINDS, kindName, nameOf, parseRef } from "../../lib/entity";
import { addDays, dayOf, longDay, relativeDay, shortDay } from "../../lib/moment";
import { saidText } from "../../lib/value";
import { useAsk } from "../../shell/data";
import { EntityLink } from "../../shell/EntityLink";
import { useGoTo, useMoment } from "../../shell/moment";
import { Button } from "../../ui/Button";
import { Lines, Panel } from "../../ui/Panel";
import { State } from "../../ui/State";
import { calledBy } from "./answer";
import { useSubject } from "./context";
import { type Life, lifeOf, renamedFrom } from "./life";
import styles from "./Missing.module.css";
import { Timeline } from "./Timeline";

/** A ref that nobody ever had. */
export function UnknownEntity({ asked }: { asked: string }) {
  const { kind = "", name = "" } = parseRef(asked) ?? {};
  const word = isKindWord(kind) ? KINDS[kind].one : "Entity";
  return (
    <Page kind={word} name={name || "no name"}>
      <h2>Nothing was ever called {name === "" ? "so" : <Quoted text={name} />}</h2>
      <p>
        No source has mentioned <code className={styles.ref}>{asked}</code> on any day that spot knows. The link may be mistyped, or its
        source is not read yet.
      </p>
      <Actions>
        <Button look="primary" onPress={openSearch}>
          Search
        </Button>
        <Link to="/services">Go to the catalog</Link>
        <Link to="/collectors">See which sources are read</Link>
      </Actions>
      <Nearest name={name} />
    </Page>
  );
}

/** An entity that is not there on the day: it has ended, or it did not exist yet. */
export function Absent() {
  const { entity, asked } = useSubject();
  const { day, today, zone } = useMoment();
  const goTo = useGoTo();
  const history = useAsk(History, { of: entity.id, field: "general.ref", at: null });
  const name = nameOf(asked);
  return (
    <div className={styles.split}>
      <Page kind={kindName(entity.kind)} name={name}>
        <div className={styles.told}>
          <Panel answering={history} skeleton={<Lines count={4} height={28} />}>
            {({ history: { nodes } }) => {
              const past = lifeOf(nodes.filter(({ at }) => dayOf(at, zone) <= day));
              const whole = lifeOf(nodes);
              if (past.ended) {
                const ended = dayOf(past.ended.at, zone);
                const last = addDays(ended, -1);
                const came = nodes.find(({ at, before, after }) => dayOf(at, zone) > day && before === null && after !== null);
                const { saidBy } = nodes.findLast(({ after }) => after === null) ?? {};
                return (
                  <>
                    <h2>
                      <State name="gone">It ended on {longDay(ended)}</State>
                    </h2>
                    <p>
                      <Quoted text={calledBy({ title: null, name })} /> was there{" "}
                      {past.began ? `from ${shortDay(dayOf(past.began.at, zone))} ` : ""}
                      until then, {relativeDay(ended, today)}.{" "}
                      {saidBy ? `${saidText(saidBy)} no longer states it.` : "No source states it any more."} What was known of it is kept.
                    </p>
                    <Actions>
                      <Button look="primary" onPress={() => goTo(last)}>
                        See its last day, {shortDay(last)}
                      </Button>
                      {came ? (
                        <Button onPress={() => goTo(dayOf(came.at, zone))}>It came back on {shortDay(dayOf(came.at, zone))}</Button>
                      ) : null}
                      <Button onPress={openSearch}>Search</Button>
                    </Actions>
                  </>
                );
              }
              const began = whole.began;
              const first = began ? dayOf(began.at, zone) : undefined;
              return (
                <>
                  <h2>
                    <State name="unknown">It was not there yet on {longDay(day)}</State>
                  </h2>
                  {first ? (
                    <>
                      <p>
                        <Quoted text={name} /> {began?.isChange === false ? "was first seen" : "appeared"} on {longDay(first)},{" "}
                        {relativeDay(first, today)}.
                      </p>
                      <Actions>
                        <Button look="primary" onPress={() => goTo(first)}>
                          See its first day, {shortDay(first)}
                        </Button>
                        <Button onPress={() => goTo(undefined)}>Go to today</Button>
                      </Actions>
                    </>
                  ) : (
                    <>
                      <p>It is only mentioned by others, on another day. No source ever defined it, so its first day is not known.</p>
                      <Actions>
                        <Button look="primary" onPress={() => goTo(undefined)}>
                          Go to today
                        </Button>
                        <Button onPress={openSearch}>Search</Button>
                      </Actions>
                    </>
                  )}
                </>
              );
            }}
          </Panel>
        </div>
        <Nearest name={name} not={entity.ref} />
      </Page>
      <aside className={styles.aside}>
        <Timeline />
      </aside>
    </div>
  );
}

/** Says that the ref in the address belongs to the past, above the page of the entity that had it. */
export function Renamed({ life }: { life: Life }) {
  const { entity, asked } = useSubject();
  const { zone, today } = useMoment();
  const goTo = useGoTo();
  const renaming = renamedFrom(life, asked);
  const later = life.renamings.find(({ after }) => after.toLowerCase() === asked.toLowerCase());
  const day = renaming ? dayOf(renaming.at, zone) : undefined;
  const lastDay = day ? addDays(day, -1) : undefined;
  return (
    <section className={styles.renamed} aria-label="Renamed">
      <p>
        <State name="changed">
          <strong>
            {day ? (
              <>
                <Quoted text={nameOf(asked)} /> has been called <Quoted text={nameOf(entity.ref)} /> since {longDay(day)}
              </>
            ) : (
              <>
                <Quoted text={nameOf(asked)} /> {later ? "is its name on a later day" : "is another name of"}: on this day it is{" "}
                <Quoted text={nameOf(entity.ref)} />
              </>
            )}
          </strong>
        </State>
      </p>
      <p className={styles.actions}>
        <span className="quiet">{day ? `Renamed ${relativeDay(day, today)}. Shown is what it is now called.` : ""}</span>
        <EntityLink to={entity.ref}>Go to {nameOf(entity.ref).slice(0, 60)}</EntityLink>
        {lastDay ? (
          <Button look="plain" onPress={() => goTo(lastDay)} className={styles.plain ?? ""}>
            Last day under the old name, {shortDay(lastDay)}
          </Button>
        ) : null}
      </p>
    </section>
  );
}

function Page({ kind, name, children }: { kind: string; name: string; children: ReactNode }) {
  return (
    <div className={styles.page}>
      <header className={styles.header}>
        <p className="quiet">{kind}</p>
        <h1 className={styles.title}>{name}</h1>
      </header>
      <div className={styles.body}>{children}</div>
    </div>
  );
}

function Actions({ children }: { children: ReactNode }) {
  return <div className={styles.actions}>{children}</div>;
}

function Quoted({ text }: { text: string }) {
  return <q className={styles.quoted}>{text.length > 80 ? `${text.slice(0, 79)}…` : text}</q>;
}

function Nearest({ name, not }: { name: string; not?: string }) {
  const { at } = useMoment();
  const text = name
    .replaceAll(/[^\p{L}\p{N}]+/gu, " ")
    .trim()
    .slice(0, 200);
  const nearest = useAsk(EntityNearest, { text, at: at ?? null }, { enabled: text !== "" });
  const hits = (nearest.data?.search.nodes ?? []).filter(({ entity }) => entity.ref !== not);
  if (text === "" || hits.length === 0) return null;
  return (
    <section className={styles.nearest}>
      <h2>Names that are near</h2>
      <ul>
        {hits.slice(0, 6).map(({ entity }) => (
          <li key={entity.ref}>
            <EntityLink to={entity.ref}>{calledBy(entity)}</EntityLink>
            <span className="quiet">
              {kindName(entity.kind)}
              {entity.title ? ` · ${entity.name}` : ""}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}

// The search of the shell listens to this key, wherever it comes from.
function openSearch(): void {
  window.dispatchEvent(new KeyboardEvent("keydown", { key: "/" }));
}
