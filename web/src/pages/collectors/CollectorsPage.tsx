import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { type ReactNode, useState } from "react";
import { ask } from "../../api/client";
import { CollectorsDays, CollectorsStatus, type CollectorsStatusQuery, CollectorsUnlinked } from "../../api/generated";
import { absolute, clock, dayOf, duration, relative, shortDay } from "../../lib/moment";
import { count, counted } from "../../lib/text";
import { useAsk } from "../../shell/data";
import { EntityLink } from "../../shell/EntityLink";
import { useMoment } from "../../shell/moment";
import { Button } from "../../ui/Button";
import { Message, Panel } from "../../ui/Panel";
import { State } from "../../ui/State";
import styles from "./Collectors.module.css";
import { type Progress, runningOf, secondsLeft, shareOf } from "./progress";
import {
  countDays,
  intervalWords,
  type MissingTogether,
  percent,
  placeOf,
  problemsText,
  type Run,
  type Source,
  sentencesOn,
  standingOf,
  summaryOf,
  titleOf,
  togetherMissing,
  togetherProblems,
  triggerWords,
} from "./status";
import { type Line, useProgress } from "./useProgress";

const PROBLEMS = 100;
/** A run keeps the text of so many problems. */
const PROBLEMS_KEPT = 1000;
const COLUMNS = 9;
const MISSING_SHOWN = 60;
const UNLINKED = 20;

/** Every source: what it did last, what it does now and next; and what the store holds. */
export default function CollectorsPage() {
  const [problems, setProblems] = useState(PROBLEMS);
  const answering = useQuery({
    queryKey: [CollectorsStatus, { problems }],
    queryFn: ({ signal }) => ask(CollectorsStatus, { problems }, signal),
    placeholderData: keepPreviousData,
    // What is late becomes so by the clock alone.
    refetchInterval: 30_000,
  });
  const { live, line } = useProgress();
  return (
    <div className={styles.page}>
      <Panel answering={answering} skeleton={<Waiting />} empty={({ collectors }) => (collectors.length === 0 ? <NoSource /> : undefined)}>
        {({ collectors, store, version }) => (
          <>
            <header className={styles.head}>
              <h1>Collectors</h1>
              <p className="quiet">{summaryOf(collectors, ({ source, running }) => runningOf(source, live, running))}</p>
              <LineMark line={line} />
            </header>
            <table className={styles.table}>
              <caption className="hidden-visually">Sources and their newest runs</caption>
              <thead>
                <tr>
                  <th scope="col">Source</th>
                  <th scope="col">State</th>
                  <th scope="col">Last run</th>
                  <th scope="col" className="number">
                    Statements
                  </th>
                  <th scope="col" className={`number ${styles.wide}`}>
                    Written
                  </th>
                  <th scope="col" className={`number ${styles.wide}`}>
                    Problems
                  </th>
                  <th scope="col" className={`number ${styles.wide}`}>
                    Complete
                  </th>
                  <th scope="col" className={`number ${styles.wide}`}>
                    Took
                  </th>
                  <th scope="col" className={styles.wide}>
                    Next run
                  </th>
                </tr>
              </thead>
              <tbody>
                {collectors.map((source) => (
                  <SourceRows
                    key={source.source}
                    source={source}
                    running={runningOf(source.source, live, source.running)}
                    isOnly={collectors.length === 1}
                    moreProblems={problems < PROBLEMS_KEPT ? () => setProblems(problems + PROBLEMS) : undefined}
                  />
                ))}
              </tbody>
            </table>
            <Unlinked />
            <StoreFacts store={store} version={version} />
          </>
        )}
      </Panel>
    </div>
  );
}

function LineMark({ line }: { line: Line }) {
  if (line.is === "open") {
    return (
      <span className={styles.lineMark} title="Progress comes in by itself.">
        <State name="changed">live</State>
      </span>
    );
  }
  return (
    <span className={styles.lineMark} role="status">
      <State name="unknown">{line.is === "opening" ? "connecting…" : `not live, tries again within ${roughly(line.retryIn / 1000)}`}</State>
    </span>
  );
}

interface SourceProps {
  source: Source;
  running: Progress | undefined;
  isOnly: boolean;
  moreProblems: (() => void) | undefined;
}

function SourceRows({ source, running, isOnly, moreProblems }: SourceProps) {
  const { now, zone, today } = useMoment();
  const { source: shown } = useSearch({ strict: false }) as { source?: string };
  const navigate = useNavigate();
  const { source: name, collector, lastRun, lastSuccess, nextRun, configured, intervalSeconds } = source;
  const isOpen = isOnly || shown === name;
  const standing = standingOf(source, running, now);
  const title = titleOf(collector);
  const every = intervalWords(intervalSeconds);
  const heading = (
    <>
      <strong className={styles.name}>{name}</strong>
      {title ? (
        <span className="quiet"> {title.title}</span>
      ) : collector && collector !== name ? (
        <span className="quiet"> {collector}</span>
      ) : null}
    </>
  );
  return (
    <>
      <tr className={styles.source}>
        <th scope="row">
          {isOnly ? (
            heading
          ) : (
            <button
              type="button"
              aria-expanded={isOpen}
              className={styles.fold}
              onClick={() =>
                void navigate({
                  to: "/collectors",
                  search: (before: Record<string, unknown>) => ({ ...before, source: isOpen ? undefined : name }),
                  resetScroll: false,
                })
              }
            >
              <svg viewBox="0 0 12 12" width="12" height="12" aria-hidden="true">
                <path d="M4 2.5 7.5 6 4 9.5" fill="none" stroke="currentColor" strokeWidth="1.6" />
              </svg>
              {heading}
            </button>
          )}
        </th>
        <td>
          <State name={standing.name}>{standing.word}</State>
        </td>
        {lastRun ? (
          <>
            <td>
              <time dateTime={lastRun.ended} title={absolute(lastRun.ended, zone)}>
                {relative(lastRun.ended, now)}
              </time>
              <span className={styles.under}>{triggerWords(lastRun.trigger)}</span>
            </td>
            <td className="number">{count(lastRun.statements)}</td>
            <td className={`number ${styles.wide}`}>{count(lastRun.written)}</td>
            <td className={`number ${styles.wide} ${lastRun.problemCount > 0 ? styles.problemCount : ""}`}>
              {count(lastRun.problemCount)}
            </td>
            <td className={`number ${styles.wide}`}>
              {lastRun.completeness === null ? <span className="quiet">not known</span> : percent(lastRun.completeness)}
            </td>
            <td className={`number ${styles.wide}`}>{duration(lastRun.durationSeconds)}</td>
          </>
        ) : (
          <td colSpan={6} className="quiet">
            {running ? "its first run is under way" : "no run yet"}
          </td>
        )}
        <td className={styles.wide}>
          {nextRun ? (
            <time dateTime={nextRun} title={absolute(nextRun, zone)}>
              {Date.parse(nextRun) <= Date.parse(now)
                ? running
                  ? "after this one"
                  : "due now"
                : `${relative(nextRun, now).replace("just now", "in a moment")}, ${dayOf(nextRun, zone) === today ? clock(nextRun, zone) : shortDay(dayOf(nextRun, zone))}`}
            </time>
          ) : (
            <span className="quiet">{configured ? "not planned" : "none"}</span>
          )}
          {every ? <span className={styles.under}>{every}</span> : null}
        </td>
      </tr>
      {running ? (
        <tr className={styles.progressRow}>
          <td colSpan={COLUMNS}>
            <ProgressBar progress={running} now={now} />
          </td>
        </tr>
      ) : null}
      {isOpen && (lastRun || !configured) ? (
        <tr className={styles.detailRow}>
          <td colSpan={COLUMNS}>
            <Detail source={source} lastSuccess={lastSuccess?.ended} moreProblems={moreProblems} />
          </td>
        </tr>
      ) : null}
    </>
  );
}

function ProgressBar({ progress, now }: { progress: Progress; now: string }) {
  const { source, backfill, done, total, scope, started } = progress;
  const share = shareOf(progress);
  const left = secondsLeft(progress, now);
  const words = `${backfill ? "Filling in the past" : "Reading"}: ${total > 0 ? `${count(done)} of ${count(total)}` : "finding out how much there is"}`;
  return (
    <div className={styles.progress}>
      <div
        className={styles.bar}
        role="progressbar"
        aria-label={`${source}: ${backfill ? "filling in the past" : "reading"}`}
        aria-valuemin={0}
        aria-valuemax={100}
        {...(share === undefined ? {} : { "aria-valuenow": Math.round(share * 100) })}
        aria-valuetext={words}
      >
        <div
          className={`${share === undefined ? styles.endless : ""} ${backfill ? styles.hatched : ""}`}
          style={{ width: share === undefined ? "24%" : `${Math.max(1, share * 100)}%` }}
        />
      </div>
      <p className={styles.progressWords}>
        <strong>{words}</strong>
        {scope !== "" && scope !== "backfill" ? <span className={`mono ${styles.scope}`}>{scope}</span> : null}
        <span className="quiet">
          {started ? `for ${roughly((Date.parse(now) - Date.parse(started)) / 1000)}` : ""}
          {left === undefined ? "" : `, about ${roughly(left)} left`}
        </span>
      </p>
    </div>
  );
}

/** A length of time without seconds where they do not matter. */
function roughly(seconds: number): string {
  if (seconds < 60) return `${seconds < 10 ? Math.round(Math.max(1, seconds)) : Math.round(seconds / 5) * 5} s`;
  return seconds < 3600 ? `${Math.round(seconds / 60)} min` : duration(seconds);
}

function Detail({
  source,
  lastSuccess,
  moreProblems,
}: {
  source: Source;
  lastSuccess: string | undefined;
  moreProblems: (() => void) | undefined;
}) {
  const { now, zone } = useMoment();
  const { lastRun } = source;
  const sentences = sentencesOn(source);
  const title = titleOf(source.collector);
  return (
    <div className={styles.detail}>
      {title ? (
        <p className="quiet">
          {title.title}: {title.tells}.
        </p>
      ) : null}
      {sentences.length > 0 || !source.configured ? (
        <div className={styles.advice}>
          {sentences.map((sentence) => (
            <p key={sentence}>{sentence}</p>
          ))}
          {source.configured ? null : (
            <p>
              <code>spot retire {source.source}</code>
            </p>
          )}
        </div>
      ) : null}
      {lastRun ? (
        <dl className={styles.facts}>
          <Fact name="Everything was read last">{lastSuccess ? <When instant={lastSuccess} now={now} zone={zone} /> : "never"}</Fact>
          <Fact name="Newest run began">
            <When instant={lastRun.started} now={now} zone={zone} />
          </Fact>
          <Fact name="It made">{counted(lastRun.requests, "request")}</Fact>
          <Fact name="It wrote" narrow>
            {counted(lastRun.written, "new version")}
          </Fact>
          <Fact name="It took" narrow>
            {duration(lastRun.durationSeconds)}
          </Fact>
          <Fact name="Problems" narrow>
            {count(lastRun.problemCount)}
          </Fact>
          <Fact name="Complete" narrow>
            {lastRun.completeness === null ? "not known" : percent(lastRun.completeness)}
          </Fact>
        </dl>
      ) : null}
      {lastRun ? <Missing source={source.source} missing={lastRun.missing} now={now} zone={zone} /> : null}
      {lastRun && lastRun.problemCount > 0 ? <Problems run={lastRun} more={moreProblems} /> : null}
    </div>
  );
}

/** A figure with its name; `narrow` ones stand in the table where there is room for it. */
function Fact({ name, narrow = false, children }: { name: string; narrow?: boolean; children: ReactNode }) {
  return (
    <div className={narrow ? styles.narrow : undefined}>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function When({ instant, now, zone }: { instant: string; now: string; zone: string }) {
  return (
    <time dateTime={instant} title={relative(instant, now)}>
      {absolute(instant, zone)}
    </time>
  );
}

function Missing({ source, missing, now, zone }: { source: string; missing: Run["missing"]; now: string; zone: string }) {
  if (missing.length === 0) return null;
  const held = missing.filter(({ braked }) => braked).length;
  return (
    <section className={styles.block}>
      <h2>{counted(missing.length, "thing")} that the source no longer states</h2>
      {held > 0 ? (
        <div className={styles.advice}>
          <p>
            The brake holds {held === missing.length ? (held === 1 ? "it" : "them") : `${count(held)} of them`}: too much is missing at
            once, which is more often a fault of the source than the truth. It stays in the catalog until the source's own count agrees for
            a day, or a person ends the part of the source that is gone:
          </p>
          <p>
            <code>spot retire {source}/SCOPE</code>
          </p>
          <p>
            Without a scope, <code>spot retire {source}</code> ends everything that {source} ever said.
          </p>
        </div>
      ) : (
        <p className={`quiet ${styles.reading}`}>
          Missed once is not yet gone: it stays in the catalog until the next full run misses it too.
        </p>
      )}
      {togetherMissing(missing).map((together) => (
        <MissingSince key={`${together.braked} ${together.since}`} {...together} now={now} zone={zone} />
      ))}
    </section>
  );
}

function MissingSince({ since, braked, resources, now, zone }: MissingTogether & { now: string; zone: string }) {
  const [isWhole, setIsWhole] = useState(false);
  const shown = isWhole ? resources : resources.slice(0, MISSING_SHOWN);
  return (
    <div className={styles.missing}>
      <p>
        {braked ? <State name="warning">held by the brake,</State> : null} missing since{" "}
        <time dateTime={since} title={absolute(since, zone)}>
          {relative(since, now)}
        </time>
      </p>
      <ul>
        {shown.map((resource) => (
          <li key={resource} className="mono" title={resource}>
            {resource}
          </li>
        ))}
      </ul>
      {shown.length < resources.length ? <Button onPress={() => setIsWhole(true)}>Show all {count(resources.length)}</Button> : null}
    </div>
  );
}

function Problems({ run: { problems, problemCount }, more }: { run: Run; more: (() => void) | undefined }) {
  const [said, setSaid] = useState("");
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(problemsText(problems));
      setSaid(`Copied ${counted(problems.length, "problem")}.`);
    } catch {
      setSaid("This browser does not let the page copy.");
    }
  };
  return (
    <section className={styles.block}>
      <div className={styles.blockHead}>
        <h2>{counted(problemCount, "problem")} in the newest run</h2>
        <Button onPress={() => void copy()}>Copy</Button>
        <span role="status" className="quiet">
          {said}
        </span>
      </div>
      <p className={`quiet ${styles.reading}`}>What is listed here was refused or could not be read; the rest of the run went on.</p>
      <ol className={styles.problems}>
        {togetherProblems(problems).map(({ problem, others }, place) => (
          // Two problems may be alike in every word.
          // biome-ignore lint/suspicious/noArrayIndexKey: the list of a run never changes
          <li key={place}>
            <span className={`mono ${styles.place}`}>{placeOf(problem)}</span>
            <div>
              {problem.message}
              {others.length > 0 ? (
                <details className={styles.alike}>
                  <summary>{counted(others.length, "more like it", "more like it")}</summary>
                  <ul>
                    {others.map((other, number) => (
                      // biome-ignore lint/suspicious/noArrayIndexKey: see above
                      <li key={number}>
                        <span className="mono">{placeOf(other)}</span> {other.message}
                      </li>
                    ))}
                  </ul>
                </details>
              ) : null}
            </div>
          </li>
        ))}
      </ol>
      {problems.length < problemCount ? (
        <p className={styles.more}>
          <span className="quiet">
            {count(problems.length)} of {count(problemCount)} are shown.
          </span>
          {more && problems.length < PROBLEMS_KEPT ? (
            <Button onPress={more}>Show {count(Math.min(PROBLEMS, problemCount - problems.length))} more</Button>
          ) : (
            <span className="quiet">A run keeps the text of the first {count(PROBLEMS_KEPT)}; the rest is counted.</span>
          )}
        </p>
      ) : null}
    </section>
  );
}

/** What is said of things that nobody is known to be, and how to tell whose it is. */
function Unlinked() {
  const { now, zone } = useMoment();
  const [first, setFirst] = useState(UNLINKED);
  const { data } = useAsk(CollectorsUnlinked, { first });
  if (!data || data.unlinked.totalCount === 0) return null;
  const { totalCount, nodes } = data.unlinked;
  return (
    <section className={styles.store} aria-labelledby="unlinked-heading">
      <h2 id="unlinked-heading">
        Not linked to anything <span className="quiet">{count(totalCount)}</span>
      </h2>
      <p className={`quiet ${styles.reading}`}>
        A source tells of these, and no annotation, rule or name says whose they are. What is told of them is kept, and shows on the page of
        the service, its past included, as soon as somebody links them: <code>spot link SOURCE/ID REF</code>
      </p>
      <table className={styles.unlinked}>
        <caption className="hidden-visually">What is not linked to anything</caption>
        <thead>
          <tr>
            <th scope="col">Source</th>
            <th scope="col">What it is called there</th>
            <th scope="col">Perhaps</th>
            <th scope="col" className={styles.wide}>
              Newest record
            </th>
          </tr>
        </thead>
        <tbody>
          {nodes.map(({ source, resource, name, since, check, guesses }) => (
            <tr key={`${source}/${resource}`}>
              <td>{source}</td>
              <th scope="row">
                {check ? (
                  <a href={check} rel="noreferrer" target="_blank" className="mono">
                    {resource}
                  </a>
                ) : (
                  <span className="mono">{resource}</span>
                )}
                {name && name !== resource ? <div className="quiet">{name}</div> : null}
              </th>
              <td>
                {guesses.length === 0 ? <span className="quiet">nothing is called like it</span> : null}
                {guesses.map(({ ref }) => (
                  <EntityLink key={ref} to={ref} className={styles.guess} />
                ))}
              </td>
              <td className={styles.wide}>
                <time dateTime={since} title={absolute(since, zone)}>
                  {relative(since, now)}
                </time>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {nodes.length < totalCount ? (
        <p className={styles.more}>
          <span className="quiet">
            {count(nodes.length)} of {count(totalCount)} are shown.
          </span>
          <Button onPress={() => setFirst(first + UNLINKED)}>Show more</Button>
        </p>
      ) : null}
    </section>
  );
}

function StoreFacts({ store, version }: { store: CollectorsStatusQuery["store"]; version: string }) {
  const { now } = useMoment();
  const { data: days } = useAsk(CollectorsDays, {});
  const counts = days ? countDays(days.snapshots) : undefined;
  const parts = counts
    ? ([
        ["backfilled", counts.backfilled, "filled in from a source's own history"],
        ["carried", counts.carried, "nothing was recorded: as the day before"],
        ["observed", counts.observed, "seen on the day itself"],
      ] as const)
    : [];
  const all = parts.reduce((sum, [, number]) => sum + number, 0);
  return (
    <section className={styles.store} aria-labelledby="store-heading">
      <h2 id="store-heading">What the store holds</h2>
      <dl className={styles.facts}>
        <Fact name="First record">
          {store.earliest ? <When instant={store.earliest} now={now} zone={store.zone} /> : "nothing is recorded yet"}
        </Fact>
        <Fact name="Newest record">
          {store.newest ? <When instant={store.newest} now={now} zone={store.zone} /> : "nothing is recorded yet"}
        </Fact>
        <Fact name="A day ends at midnight in">{store.zone}</Fact>
        <Fact name="Index">
          {store.rebuilding === null ? (
            <State name="good">complete</State>
          ) : (
            <State name="running">being rebuilt, {percent(store.rebuilding)} done</State>
          )}
        </Fact>
        <Fact name="Version of spot">{version}</Fact>
        <Fact name="Days known">{counts ? count(all) : "…"}</Fact>
      </dl>
      <div className={styles.days} aria-hidden="true">
        {parts.map(([look, number]) => (number > 0 ? <div key={look} className={styles[look]} style={{ flexGrow: number }} /> : null))}
      </div>
      <ul className={styles.legend}>
        {parts.map(([look, number, words]) => (
          <li key={look}>
            <span className={`${styles.swatch} ${styles[look]}`} aria-hidden="true" />
            <strong>{count(number)}</strong> {look} <span className="quiet">{words}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}

function NoSource() {
  return (
    <Message title="No source is configured">
      <p>spot collects from sources, and none is named yet. Start it with a folder of clones:</p>
      <p>
        <code>spot serve --git ~/src --backfill 2y</code>
      </p>
      <p>
        Or write it down as <code>spot.toml</code> in the folder where you start spot:
      </p>
      <pre className={styles.sample}>{'[git]\nfolders = ["/home/me/src"]\nevery = "1h"\nbackfill = "2y"'}</pre>
      <p>
        <code>spot check</code> says whether it is right.
      </p>
    </Message>
  );
}

/** Of the size of a table with one source and of the store's facts. */
function Waiting() {
  return (
    <>
      <header className={styles.head}>
        <h1>Collectors</h1>
        <p className="quiet">Asking…</p>
      </header>
      <div className={styles.waiting} aria-hidden="true">
        {[0, 1, 2, 3, 4].map((place) => (
          <span key={place} style={{ width: `${20 + ((place * 17) % 40)}%` }} />
        ))}
      </div>
    </>
  );
}
