/** Weekly reports: who got which, what became of it, and the letter itself; and what a week would say. */
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { type ReactNode, useCallback, useEffect, useMemo, useRef } from "react";
import { AskError } from "../../api/client";
import { ReportMessage, ReportPage, Reports, type ReportsQuery, type SentFragment, WeekReport } from "../../api/generated";
import { nameOf } from "../../lib/entity";
import { absolute, clock, dayOf, longDay, relative, weekDay } from "../../lib/moment";
import { after, before, lastComplete, type Period, periodTitle, readPeriod, spanText } from "../../lib/period";
import { bytes, counted } from "../../lib/text";
import { useAsk } from "../../shell/data";
import { useMoment } from "../../shell/moment";
import { Button } from "../../ui/Button";
import { Notice } from "../../ui/Notice";
import { Lines, Message, Panel } from "../../ui/Panel";
import { State } from "../../ui/State";
import { ScopePicker } from "../board/ScopePicker";
import { Letter } from "./Letter";
import styles from "./Reports.module.css";
import { markOf, meaningOf, type ReportsSearch, type Row, until, usualReport, type Week, weeksOf } from "./reports";

/** Half a year of a few channels, or some weeks of many. */
const SHOWN = 300;

export default function ReportsPage() {
  const search: ReportsSearch = useSearch({ strict: false });
  const { day, zone } = useMoment();
  const answering = useAsk(Reports, { first: SHOWN });
  const reports = answering.data?.reports;
  const weeks = useMemo(() => weeksOf(until(reports ?? [], day, zone)), [reports, day, zone]);
  useEffect(() => {
    document.title = "Weekly reports · spot";
  }, []);
  const usual = lastComplete("week", day);
  const asked = search.week === undefined ? undefined : readWeek(search.week);
  const isPreview = search.week !== undefined || search.of !== undefined;
  const opened = search.report ?? (isPreview ? undefined : usualReport(weeks)?.id);
  const isChosen = search.report !== undefined || isPreview;
  return (
    <div className={styles.page} data-chosen={isChosen} data-empty={weeks.length === 0}>
      <div className={styles.list}>
        <header className={styles.head}>
          <h1>Weekly reports</h1>
        </header>
        <Panel answering={answering} skeleton={<Lines count={8} height={44} />}>
          {({ reportChannels }) => (
            <>
              {reportChannels.length === 0 ? <NoChannel wereSent={weeks.length > 0} /> : <Next channels={reportChannels} />}
              <Link
                to="/reports"
                search={{ week: usual.text }}
                className={styles.preview}
                {...(isPreview ? { "aria-current": "page" as const } : {})}
              >
                Preview a week
                <span className="quiet">what its report says, of anybody</span>
              </Link>
              <Sent weeks={weeks} opened={opened} />
            </>
          )}
        </Panel>
      </div>
      <div className={styles.reading}>
        {isChosen ? (
          <p className={styles.back}>
            <Link to="/reports">‹ All reports</Link>
          </p>
        ) : null}
        {opened !== undefined ? (
          <One key={opened} id={opened} weeks={weeks} isMessage={search.view === "message"} answering={answering} />
        ) : answering.data === undefined && !isPreview ? (
          <Sheet />
        ) : (
          <Preview
            period={asked ?? usual}
            of={search.of}
            weeks={weeks}
            problem={search.week !== undefined && asked === undefined ? search.week : undefined}
          />
        )}
      </div>
    </div>
  );
}

function readWeek(text: string): Period | undefined {
  const period = readPeriod(text);
  return period?.kind === "week" ? period : undefined;
}

/** When the next reports are due. */
function Next({ channels }: { channels: ReportsQuery["reportChannels"] }) {
  const { zone } = useMoment();
  const next = channels[0]?.next;
  return (
    <p className={styles.next}>
      {next ? (
        <>
          Next on <time dateTime={next}>{`${weekDay(dayOf(next, zone))}, ${clock(next, zone)}`}</time>
        </>
      ) : (
        "Never due by itself"
      )}
      , to {counted(channels.length, "channel")}: {channels.map(({ name }) => name).join(", ")}
    </p>
  );
}

/** What to do where nobody gets the report. */
function NoChannel({ wereSent }: { wereSent: boolean }) {
  return (
    <section className={styles.hint}>
      <h2>{wereSent ? "Nobody gets the weekly report any more" : "Nobody gets the weekly report yet"}</h2>
      <p>
        Name a channel in <code>spot.toml</code>, and it comes on Mondays at eight. Slack, Microsoft Teams, Mattermost, Matrix, e-mail and
        any webhook will do:
      </p>
      <pre>{'[[report.channels]]\nname = "engineering"\nkind = "slack"\nurl_file = "/run/secrets/slack-webhook"'}</pre>
      <p>
        <code>of = "team:payments"</code> makes it a team's own. <code>spot check</code> says whether a channel takes messages.
      </p>
    </section>
  );
}

function Sent({ weeks, opened }: { weeks: readonly Week[]; opened: string | undefined }) {
  const { now, zone } = useMoment();
  if (weeks.length === 0) return <p className={styles.none}>No report was sent yet. A new channel begins with the next one that is due.</p>;
  return (
    <nav aria-label="Reports">
      {weeks.map(({ text, period, rows }) => (
        <section key={text} aria-label={period ? periodTitle(period) : text}>
          <h2 className={styles.week}>
            {period ? periodTitle(period) : text}
            {period ? <span className={styles.days}>{spanText(period.first, period.last)}</span> : null}
          </h2>
          <ul>
            {rows.map((row) => (
              <li key={row.channel}>
                <Link
                  to="/reports"
                  search={{ report: row.shown.id }}
                  className={styles.row}
                  {...(row.all.some(({ id }) => id === opened) ? { "aria-current": "page" as const } : {})}
                >
                  <span className={styles.channel}>
                    {row.channel} <span className="quiet">{row.target}</span>
                  </span>
                  <Mark row={row} />
                  <span className={styles.facts}>
                    {row.of === null ? "the organisation" : nameOf(row.of)}
                    {row.shown.by === null ? "" : `, wanted by ${row.shown.by}`}
                    {row.shown.attempts > 1 ? `, ${row.shown.attempts} attempts` : ""}
                  </span>
                  <time className={styles.when} dateTime={row.shown.at} title={absolute(row.shown.at, zone)}>
                    {relative(row.shown.at, now)}
                  </time>
                </Link>
              </li>
            ))}
          </ul>
        </section>
      ))}
    </nav>
  );
}

function Mark({ row: { standing } }: { row: Row }) {
  const { name, word } = markOf(standing);
  return <State name={name}>{word}</State>;
}

interface OneProps {
  id: string;
  weeks: readonly Week[];
  isMessage: boolean;
  answering: { data: ReportsQuery | undefined; isFetching: boolean };
}

/** One report: what became of it, and the letter. */
function One({ id, weeks, isMessage, answering }: OneProps) {
  const navigate = useNavigate();
  const { frame, print } = useLetter();
  const page = useAsk(ReportPage, { id });
  const row = weeks.flatMap(({ rows }) => rows).find(({ all }) => all.some((each) => each.id === id));
  const sent = row?.all.find((each) => each.id === id);
  if (!row || !sent) {
    if (answering.data === undefined) return <Sheet />;
    return (
      <Message title="There is no such report" role="alert">
        <p>The link may be mistyped, or the report was sent after the day that is looked at.</p>
        <p>
          <Button onPress={() => void navigate({ to: "/reports" })}>Show all reports</Button>
        </p>
      </Message>
    );
  }
  const period = readPeriod(sent.week);
  const title = period ? periodTitle(period) : sent.week;
  return (
    <article aria-label={`${title} to ${sent.channel}`}>
      <Head
        title={
          <>
            {title} <span className={styles.to}>to {sent.channel}</span>
          </>
        }
        print={isMessage ? undefined : print}
      >
        <Link to="/board" search={boardOf(sent)} className={styles.tool}>
          Board of the week
        </Link>
        <Link to="/reports" search={{ report: id, view: isMessage ? undefined : "message" }} className={styles.tool}>
          {isMessage ? "As a letter" : "As sent, to the byte"}
        </Link>
      </Head>
      <Became row={row} sent={sent} />
      {isMessage ? (
        <MessageText id={id} />
      ) : (
        <Panel
          answering={page}
          skeleton={<Sheet />}
          empty={({ report }) => (report?.page == null ? <Unwritten row={row} sent={sent} /> : undefined)}
        >
          {({ report }) => <Letter html={report?.page ?? ""} title={`The report of ${title}`} frame={frame} />}
        </Panel>
      )}
    </article>
  );
}

function Head({ title, print, children }: { title: ReactNode; print: (() => void) | undefined; children?: ReactNode }) {
  // A browser that prints the page would cut the letter where its frame meets the end of a sheet.
  useEffect(() => {
    if (!print) return;
    const onKey = (event: KeyboardEvent): void => {
      if ((event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey && event.key === "p") {
        event.preventDefault();
        print();
      }
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, [print]);
  return (
    <header className={styles.readingHead}>
      <h2>{title}</h2>
      <span className={styles.tools}>
        {children}
        {print ? (
          <Button look="plain" onPress={print}>
            Print
          </Button>
        ) : null}
      </span>
    </header>
  );
}

function boardOf({ week, of }: { week: string; of: string | null }): { period: string; of: string | undefined; at: string | undefined } {
  return { period: week, of: of ?? undefined, at: readPeriod(week)?.last };
}

/** The frame of a letter, and how it is printed alone. */
function useLetter() {
  const frame = useRef<HTMLIFrameElement>(null);
  const print = useCallback(() => frame.current?.contentWindow?.print(), []);
  return { frame, print };
}

/** What became of a report: how it stands, when, by whom, what was answered; and what else went to the channel about the week. */
function Became({ row, sent }: { row: Row; sent: SentFragment }) {
  const { zone } = useMoment();
  const standing = sent.kind === "NOTICE" ? (sent.id === row.shown.id ? "HELD_BACK" : sent.state) : sent.state;
  const { name, word } = markOf(standing);
  const others = row.all.filter(({ id }) => id !== sent.id);
  const meaning = meaningOf(standing);
  return (
    <>
      <dl className={styles.became}>
        <div>
          <dt>{sent.kind === "NOTICE" ? "Notice" : "Report"}</dt>
          <dd>
            <State name={name}>{word}</State>
          </dd>
        </div>
        <div>
          <dt>When</dt>
          <dd>
            <time dateTime={sent.at}>{absolute(sent.at, zone)}</time>
          </dd>
        </div>
        <div>
          <dt>Of</dt>
          <dd>{sent.of ?? "the organisation"}</dd>
        </div>
        <div>
          <dt>Asked by</dt>
          <dd>{sent.by ?? "the schedule"}</dd>
        </div>
        <div>
          <dt>Attempts</dt>
          <dd>{sent.attempts}</dd>
        </div>
        <div className={styles.answer}>
          <dt>{sent.target}</dt>
          <dd>{sent.detail === "" ? "has not answered" : sent.detail}</dd>
        </div>
      </dl>
      {meaning ? <p className={styles.meaning}>{meaning}</p> : null}
      {others.length > 0 ? (
        <p className={styles.meaning}>
          Of the same week{" "}
          {others.map((other, place) => (
            <span key={other.id}>
              {place > 0 ? ", " : ""}
              <Link to="/reports" search={{ report: other.id }}>
                {other.kind === "NOTICE" ? "a notice" : `number ${other.number}`}
              </Link>{" "}
              {markOf(other.state).word} on {absolute(other.at, zone)}
            </span>
          ))}
          .
        </p>
      ) : null}
    </>
  );
}

/** In place of a letter that nobody wrote. */
function Unwritten({ row, sent }: { row: Row; sent: SentFragment }) {
  return (
    <Message title="It was never written">
      <p>{sent.detail === "" ? "spot ended before." : sent.detail}</p>
      <p>
        <Link to="/reports" search={{ week: sent.week, of: row.of ?? undefined }}>
          See what it would say now
        </Link>
      </p>
    </Message>
  );
}

function MessageText({ id }: { id: string }) {
  const answering = useAsk(ReportMessage, { id });
  return (
    <Panel
      answering={answering}
      skeleton={<Lines count={12} height={20} />}
      empty={({ report }) => (report?.message ? undefined : <p className={styles.none}>Nothing was written, so nothing was sent.</p>)}
    >
      {({ report }) =>
        report?.message ? (
          <>
            <p className={styles.meaning}>
              {report.message.mediaType}, {bytes(report.message.bytes)}
            </p>
            {/* A region that scrolls has to be reachable by keyboard. */}
            {/* biome-ignore lint/a11y/noNoninteractiveTabindex: see above */}
            <pre className={styles.message} role="region" aria-label="The message" tabIndex={0}>
              {report.message.text}
            </pre>
          </>
        ) : null
      }
    </Panel>
  );
}

interface PreviewProps {
  period: Period;
  of: string | undefined;
  weeks: readonly Week[];
  /** What the address says, if that is no week. */
  problem: string | undefined;
}

/** What the report of a week says, of the organisation or a part of it. */
function Preview({ period, of, weeks, problem }: PreviewProps) {
  const { day, first } = useMoment();
  const navigate = useNavigate();
  const { frame, print } = useLetter();
  const answering = useAsk(WeekReport, { week: period.text, of: of ?? null });
  const show = (week: Period, whose: string | undefined): void => void navigate({ to: "/reports", search: { week: week.text, of: whose } });
  const next = after(period);
  const got = weeks.filter(({ text }) => text === period.text).flatMap(({ rows }) => rows.filter((row) => row.of === (of ?? null)));
  return (
    <article aria-label={`Preview of ${periodTitle(period)}`}>
      <Head title="Preview" print={print}>
        <Link to="/board" search={boardOf({ week: period.text, of: of ?? null })} className={styles.tool}>
          Board of the week
        </Link>
      </Head>
      <div className={styles.choice}>
        <span className={styles.stepper} role="group" aria-label="Week">
          <Button look="plain" aria-label="The week before" onPress={() => show(before(period), of)}>
            ‹
          </Button>
          <strong>{periodTitle(period)}</strong>
          <span className={styles.days}>{spanText(period.first, period.last)}</span>
          <Button look="plain" aria-label="The week after" isDisabled={next.last >= day} onPress={() => show(next, of)}>
            ›
          </Button>
        </span>
        <span>of</span>
        <ScopePicker what="report" label={of === undefined ? "the organisation" : nameOf(of)} choose={(ref) => show(period, ref)} />
      </div>
      <p className={styles.meaning}>
        {got.length === 0 ? "What its report says now. Nobody got it." : "What its report says now. "}
        {got.map((row, place) => (
          <span key={row.channel}>
            {place > 0 ? ", " : ""}
            <Link to="/reports" search={{ report: row.shown.id }}>
              {row.channel}
            </Link>
            : {markOf(row.standing).word}
          </span>
        ))}
      </p>
      {problem !== undefined ? (
        <Notice>
          "{problem.slice(0, 40)}" is no week; expected is one such as 2026-W46. Shown is {periodTitle(period)}.
        </Notice>
      ) : null}
      {codeOf(answering.error) === "NOT_FOUND" ? (
        <Message title={`Nothing is known of ${periodTitle(period)}`} role="status">
          <p>{first !== undefined && period.last < first ? `The first record is of ${longDay(first)}.` : "No source covers it."}</p>
          <p>
            <Link to="/collectors">See what is connected</Link>, or choose another week.
          </p>
        </Message>
      ) : codeOf(answering.error) === "UNKNOWN_ENTITY" ? (
        <Message title={`Nothing was called ${of?.slice(0, 80)} in this week`} role="alert">
          <p>The link may be mistyped, or it came to be later. Choose above whose report to show instead.</p>
          <p>
            <Button onPress={() => show(period, undefined)}>Show the organisation</Button>
          </p>
        </Message>
      ) : (
        <Panel answering={answering} skeleton={<Sheet />}>
          {({ weekReport }) => (
            <div data-waiting={answering.isPlaceholderData} className={styles.waiting}>
              <Letter html={weekReport.page} title={`${weekReport.title}: ${weekReport.subtitle}`} frame={frame} />
            </div>
          )}
        </Panel>
      )}
    </article>
  );
}

function codeOf(error: Error | null): string | undefined {
  return error instanceof AskError ? error.code : undefined;
}

/** A blank sheet, while a letter is on its way. */
function Sheet() {
  return (
    <div className={styles.sheet}>
      <Lines count={14} height={30} />
    </div>
  );
}
