/** The quality board: how a period was for the organisation or a part of it, and what made it so. */
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useCallback, useEffect, useMemo } from "react";
import { AskError } from "../../api/client";
import type { Metric } from "../../api/generated";
import { nameOf } from "../../lib/entity";
import { isTyping } from "../../lib/keys";
import { clock, type Day, longDay, shortDay } from "../../lib/moment";
import { after, before, type Period, periodTitle, rangeOfDays, readPeriod, spanText, usualPeriod, yearBefore } from "../../lib/period";
import { EntityLink } from "../../shell/EntityLink";
import { useMoment } from "../../shell/moment";
import { Button } from "../../ui/Button";
import { Notice } from "../../ui/Notice";
import { Message, Panel } from "../../ui/Panel";
import {
  type BoardSearch,
  CLOSED,
  type Only,
  onlyText,
  readAsked,
  readFigure,
  readMoving,
  readOf,
  readOnly,
  writeOpen,
  writePeriod,
} from "./address";
import { OpenBugs, Support } from "./Bars";
import styles from "./Board.module.css";
import { Charts } from "./Charts";
import { BoardContext, type BoardState } from "./context";
import { Movers } from "./Movers";
import { PeriodPicker } from "./PeriodPicker";
import { Records } from "./Records";
import { ScopePicker } from "./ScopePicker";
import { Skeleton } from "./Skeleton";
import { FigureRows, PushedRows, Tile } from "./Tiles";
import { type Asked, type BoardAnswer, toldOf, useBoard, useYearBefore } from "./useBoard";

const WALL_SCALE = 1.35;

export default function BoardPage() {
  const search: BoardSearch = useSearch({ strict: false });
  const { at, day, now, zone } = useMoment();
  const navigate = useNavigate();
  const change = useCallback(
    (next: Partial<BoardSearch>, replace = false): void => {
      void navigate({ to: ".", search: (old: Record<string, unknown>) => ({ ...old, ...next }), replace, resetScroll: false });
    },
    [navigate],
  );
  const { period, problem } = useMemo(() => readAsked(search.period, day), [search.period, day]);
  const of = readOf(search.of);
  const asked = useMemo<Asked>(() => ({ period, of: of ?? null, at: at ?? null }), [period, of, at]);
  const isWall = search.wall === "1";
  const isYear = search.compare === "year";
  const answering = useBoard(asked, isWall);
  const yearAgo = useMemo(() => yearBefore(period, day), [period, day]);
  const year = useYearBefore(asked, yearAgo, isYear, isWall);
  const board = answering.data?.board;
  const label = of === undefined ? "the organisation" : (board?.of?.title ?? board?.of?.name ?? nameOf(of));
  const choose = useCallback((next: Period) => change({ period: writePeriod(next, day) }), [change, day]);
  useKeys(period, day, choose, isWall, change);
  useEffect(() => {
    document.title = `Board of ${label} · ${periodTitle(period)} · spot`;
  }, [label, period]);

  const open = useCallback((metric: Metric, only: Only = {}) => change({ ...CLOSED, ...writeOpen(metric, only) }), [change]);
  const state = useMemo<BoardState>(
    () => ({
      asked,
      shown: board ? periodOf(board) : period,
      told: toldOf(board?.figures ?? [], year),
      against: isYear ? periodTitle(yearAgo) : againstText(period, board?.running ?? false),
      year: isYear ? yearAgo : undefined,
      scale: isWall ? WALL_SCALE : 1,
      isWall,
      open,
    }),
    [asked, board, year, yearAgo, isYear, period, isWall, open],
  );
  const figure = readFigure(search.figure);
  const only = figure ? readOnly(search, figure) : {};
  return (
    <div className={styles.page} data-wall={isWall}>
      <div className={styles.scroll}>
        <div className={styles.head}>
          <h1 className={styles.title}>
            <span className={styles.titleWord}>Board of</span>
            {isWall ? (
              label
            ) : (
              <>
                <span className={styles.screenOnly}>
                  <ScopePicker what="board" label={label} choose={(ref) => change({ of: ref, ...CLOSED })} />
                </span>
                <span className={styles.printOnly}>{label}</span>
              </>
            )}
          </h1>
          {isWall ? null : <PeriodPicker period={period} day={day} choose={choose} />}
          <span className={isWall ? styles.wallPeriod : styles.printOnly}>
            <strong>{periodTitle(period)}</strong> {spanText(period.first, period.last)}
          </span>
          <span className={styles.standing}>
            {board?.running ? (period.last > day ? `so far; it runs until ${shortDay(period.last)}` : "so far") : ""}
            <span className={styles.printOnly}>
              {" "}
              against {state.against}, as of {longDay(day)}
            </span>
          </span>
          {isWall ? (
            <span className={styles.tools}>
              <span>against {state.against}</span>
              <span className={styles.clock}>{clock(now, zone)}</span>
              <Button look="plain" onPress={() => leaveWall(change)}>
                Leave
              </Button>
            </span>
          ) : (
            <span className={styles.tools}>
              <label className={styles.choice}>
                against
                <select
                  value={isYear ? "year" : "before"}
                  onChange={({ target }) => change({ compare: target.value === "year" ? "year" : undefined })}
                >
                  <option value="before">the period before</option>
                  <option value="year">a year before</option>
                </select>
              </label>
              {of === undefined ? null : (
                <EntityLink to={of} className={styles.tool}>
                  Open its page
                </EntityLink>
              )}
              <Link
                to="/reports"
                search={period.kind === "week" && period.last < day ? { week: period.text, of } : {}}
                className={styles.tool}
              >
                Weekly report
              </Link>
              <Button look="plain" onPress={() => window.print()}>
                Print
              </Button>
              <Button look="plain" onPress={() => enterWall(change)}>
                Full screen
              </Button>
            </span>
          )}
        </div>
        {problem ? (
          <Notice>
            {problem} Shown is {periodTitle(period)}.
          </Notice>
        ) : null}
        {isUnknown(answering.error) ? (
          <Message title={`Nothing was ever called ${search.of?.slice(0, 80)}`} role="alert">
            <p>The link may be mistyped. Refs are a kind and a name, such as team:payments. Choose above whose board to show instead.</p>
            <p>
              <Button onPress={() => change({ of: undefined })}>Show the organisation</Button>
            </p>
          </Message>
        ) : (
          <Panel
            answering={answering}
            skeleton={<Skeleton scale={state.scale} />}
            empty={({ board: answered }) => (answered === null ? <NotBegun period={period} day={day} choose={choose} /> : undefined)}
          >
            {({ board: answered }) =>
              answered === null ? null : (
                <BoardContext value={state}>
                  <div className={styles.body} data-waiting={answering.isPlaceholderData}>
                    <Whole board={answered} search={search} change={change} choose={choose} />
                  </div>
                </BoardContext>
              )
            }
          </Panel>
        )}
      </div>
      {figure && board ? (
        <BoardContext value={state}>
          <Records key={`${figure} ${onlyText(only)}`} metric={figure} only={only} close={() => change(CLOSED)} />
        </BoardContext>
      ) : null}
    </div>
  );
}

function isUnknown(error: Error | null): boolean {
  return error instanceof AskError && error.code === "UNKNOWN_ENTITY";
}

interface WholeProps {
  board: BoardAnswer;
  search: BoardSearch;
  change: (next: Partial<BoardSearch>) => void;
  choose: (period: Period) => void;
}

function Whole({ board, search, change, choose }: WholeProps) {
  const isEmpty = board.figures.every(({ value }) => value === null);
  return (
    <>
      {isEmpty ? (
        <Notice role="status">
          No source covers {periodTitle(periodOf(board))}: nothing is known of it, which is neither good nor bad.{" "}
          <Link to="/collectors">See what is connected</Link>, or choose another period.
        </Notice>
      ) : null}
      <div className={styles.tiles}>
        <Tile metric="STABILITY" />
        <Tile metric="CRITICAL_INCIDENTS" />
        <Tile metric="OPEN_BUGS" />
        <Tile metric="BUGS_IN_BREACH" />
        <Tile metric="CREATED_BUGS" />
        <Tile metric="RESOLVED_BUGS" />
        <Tile metric="SUPPORT_CASES" />
      </div>
      <div className={styles.main}>
        <Charts choose={choose} />
        <div className={styles.column}>
          <OpenBugs openBugs={board.openBugs} />
          <Support features={board.supportByFeature} priorities={board.supportByPriority} />
        </div>
        <div className={styles.column}>
          <Movers metric={readMoving(search.movers)} choose={(movers) => change({ movers })} />
        </div>
      </div>
      <div className={styles.groups}>
        <FigureRows
          title="Delivery"
          metrics={["DEPLOYMENTS", "DEPLOYMENTS_PER_DAY", "LEAD_TIME_SECONDS", "CHANGE_FAIL_RATE", "RECOVERY_SECONDS", "REWORK_RATE"]}
          aside="production, the middle service"
        />
        <FigureRows
          title="Incidents"
          metrics={["INCIDENTS", "CRITICAL_INCIDENT_SECONDS", "CRITICAL_INCIDENT_MEDIAN_SECONDS", "ACKNOWLEDGE_MEDIAN_SECONDS"]}
        />
        <FigureRows title="Bugs" metrics={["NEWLY_IN_BREACH_BUGS", "LATE_RESOLVED_BUGS", "REOPENED_BUGS", "ENTERED_BUGS", "LEFT_BUGS"]} />
        <FigureRows title="Code health" metrics={["COVERAGE", "GATE_PASS_SHARE", "UNOWNED_SERVICES"]} aside="at the end of the period" />
        <PushedRows pushed={board.pushed} />
      </div>
    </>
  );
}

function periodOf({ period, firstDay, lastDay }: BoardAnswer): Period {
  return readPeriod(period) ?? rangeOfDays(firstDay, lastDay);
}

/** In place of a board that could only be empty. */
function NotBegun({ period, day, choose }: { period: Period; day: Day; choose: (period: Period) => void }) {
  const usual = usualPeriod(day);
  return (
    <Message title={`${periodTitle(period)} had not begun`}>
      <p>
        It begins on {longDay(period.first)}; the day that is looked at is {longDay(day)}.
      </p>
      <p>
        <Button look="primary" onPress={() => choose(usual)}>
          Show {periodTitle(usual)}
        </Button>
      </p>
    </Message>
  );
}

/** The period before in words: what figures are usually compared with. */
function againstText(period: Period, running: boolean): string {
  const title = periodTitle(before(period));
  return running ? `the same part of ${title}` : title;
}

/** Fills the screen, where the browser lets a page do so. */
function enterWall(change: WholeProps["change"]): void {
  document.documentElement.requestFullscreen?.().catch(() => undefined);
  change({ wall: "1", ...CLOSED });
}

function leaveWall(change: WholeProps["change"]): void {
  if (document.fullscreenElement) void document.exitFullscreen();
  change({ wall: undefined });
}

/** The keys of the board: a period back, a period on, off the wall. */
function useKeys(period: Period, day: Day, choose: (period: Period) => void, isWall: boolean, change: WholeProps["change"]): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.metaKey || event.ctrlKey || event.altKey || isTyping(event.target) || document.querySelector('[role="dialog"]')) return;
      const next = after(period);
      if (event.key === "p") choose(before(period));
      else if (event.key === "n" && next.first <= day) choose(next);
      else if (event.key === "Escape" && isWall) leaveWall(change);
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, [period, day, choose, isWall, change]);
}
