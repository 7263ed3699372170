import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import type { Metric } from "../../api/generated";
import { type Change, coveredText, figureText, whyUnknown } from "../../lib/figure";
import { periodsWord, spanText } from "../../lib/period";
import { useMoment } from "../../shell/moment";
import { Button } from "../../ui/Button";
import { PopoverButton } from "../../ui/Popover";
import { Sparkline } from "../../ui/Sparkline";
import { catalogOf, isRecorded } from "./address";
import styles from "./Board.module.css";
import { useBoardContext } from "./context";
import type { BoardAnswer, Told } from "./useBoard";

/** Names that fit a tile; the API's own stand in the details. */
const NAMES: Partial<Record<Metric, string>> = {
  OPEN_BUGS: "Open production bugs",
  BUGS_IN_BREACH: "Bugs in breach of SLA",
  CRITICAL_INCIDENT_SECONDS: "Critical, in all",
  CRITICAL_INCIDENT_MEDIAN_SECONDS: "Critical, median",
  LEAD_TIME_SECONDS: "Lead time",
  RECOVERY_SECONDS: "Recovery",
  GATE_PASS_SHARE: "Gates passed",
  UNOWNED_SERVICES: "Without an owner",
  DEPLOYMENTS_PER_DAY: "Deploys a day",
  SUPPORT_CASES: "New support cases",
  ACKNOWLEDGE_MEDIAN_SECONDS: "Acknowledged after",
  ENTERED_BUGS: "Came into the scope",
  LEFT_BUGS: "Left the scope",
};

/** What a figure is called on the board. */
export function nameOfFigure({ metric, title }: Pick<Told, "metric" | "title">): string {
  return NAMES[metric] ?? title;
}

/** One of the figures that the board is read for. */
export function Tile({ metric }: { metric: Metric }) {
  const { told } = useBoardContext();
  const figure = told.get(metric);
  if (!figure) return null;
  return (
    <div className={styles.tile} role="group" aria-label={nameOfFigure(figure)}>
      <FigureName figure={figure} />
      <p className={styles.tileValue}>
        <FigureValue figure={figure} />
        <Part figure={figure} />
        <ChangeMark change={figure.changed} />
      </p>
      {isUnknown(figure) ? null : (
        <p className={styles.tileTrend} title={figure.trend.statement}>
          <Course figure={figure} width={104} />
          <TrendWord figure={figure} />
        </p>
      )}
    </div>
  );
}

/** A group of figures, one a line. */
export function FigureRows({ title, metrics, aside }: { title: string; metrics: Metric[]; aside?: ReactNode }) {
  const { told } = useBoardContext();
  const figures = metrics.map((metric) => told.get(metric)).filter((figure) => figure !== undefined);
  if (figures.length === 0) return null;
  return (
    <section className={styles.group} aria-label={title}>
      <h2 className={styles.groupName}>
        {title}
        {aside ? <span className={styles.aside}>{aside}</span> : null}
      </h2>
      <ul className={styles.rows}>
        {figures.map((figure) => (
          <li key={figure.metric} className={styles.row}>
            <span className={styles.rowName}>
              <FigureName figure={figure} />
              <Part figure={figure} />
            </span>
            <Course figure={figure} width={48} />
            <span className={styles.rowValue} data-unknown={figure.value === null}>
              <FigureValue figure={figure} short />
            </span>
            {figure.value === null ? null : <ChangeMark change={figure.changed} short />}
          </li>
        ))}
      </ul>
    </section>
  );
}

/** Metrics that others push, by the names that they gave them. */
export function PushedRows({ pushed }: { pushed: BoardAnswer["pushed"] }) {
  const { scale } = useBoardContext();
  if (pushed.length === 0) return null;
  return (
    <section className={styles.group} aria-label="Pushed">
      <h2 className={styles.groupName}>
        Pushed
        <span className={styles.aside}>the last value of the period</span>
      </h2>
      <ul className={styles.rows}>
        {pushed.map(({ name, value, previous, points }) => (
          <li key={name} className={styles.row}>
            <span className={styles.rowName}>
              <span className={styles.name}>{name}</span>
            </span>
            <Sparkline
              values={points.map((point) => point.value)}
              label={`${name} in the last ${points.length} periods`}
              width={48 * scale}
              height={20 * scale}
            />
            <span className={styles.rowValue} data-unknown={value === null}>
              {value === null ? (
                <span className={styles.unknown} title="nothing was pushed for this period">
                  —
                </span>
              ) : (
                <span className={styles.value}>{plainNumber(value)}</span>
              )}
            </span>
            {value === null || previous === null ? null : <PushedChange by={value - previous} />}
          </li>
        ))}
      </ul>
    </section>
  );
}

/** Nobody says whether more of it is better. */
function PushedChange({ by }: { by: number }) {
  const text = plainNumber(Math.abs(by));
  return (
    <span className={styles.change} data-tone="neither" title="against the period before">
      {by === 0 || text === "0" ? "±0" : `${by > 0 ? "+" : "−"}${text}`}
    </span>
  );
}

function plainNumber(value: number): string {
  return value.toLocaleString("en", { maximumFractionDigits: Math.abs(value) < 100 ? 2 : 0 });
}

/** The name of a figure; it says what exactly is counted when it is pointed at, and everything else when it is pressed. */
function FigureName({ figure }: { figure: Told }) {
  return (
    <span className={styles.name} title={figure.definition}>
      <PopoverButton
        label={`${figure.title} in detail`}
        wide
        trigger={
          <Button look="plain" className={styles.nameButton ?? ""}>
            {nameOfFigure(figure)}
          </Button>
        }
      >
        <Details figure={figure} />
      </PopoverButton>
    </span>
  );
}

/** The value; it opens the records that it is made of. */
function FigureValue({ figure, short = false }: { figure: Told; short?: boolean }) {
  const { open, asked, shown } = useBoardContext();
  const { day } = useMoment();
  if (figure.value === null) {
    const why = whyUnknown(figure.covered);
    return (
      <span className={styles.unknown} title={why}>
        <span aria-hidden="true">—</span>
        <span className={styles.why}>{short ? shortly(figure) : why}</span>
      </span>
    );
  }
  const text = figureText(figure, figure.value);
  const catalog = catalogOf(figure.metric, asked.of);
  if (catalog) {
    return (
      <Link
        to="/services"
        search={(old: Record<string, string | undefined>) => ({ ...catalog, at: shown.last < day ? shown.last : old.at })}
        className={styles.value}
        aria-label={`${nameOfFigure(figure)} ${text}: show the services`}
      >
        {text}
      </Link>
    );
  }
  if (!isRecorded(figure.metric)) return <span className={styles.value}>{text}</span>;
  return (
    <button
      type="button"
      className={styles.value}
      aria-label={`${nameOfFigure(figure)} ${text}: show what it is made of`}
      onClick={() => open(figure.metric)}
    >
      {text}
    </button>
  );
}

/** The same in a line of its own group, where there is little room. */
function shortly({ covered }: Told): string {
  return covered !== null && covered > 0 ? "none" : "no source";
}

/** How much of what it is about a figure knows, where that is not all of it. */
function Part({ figure }: { figure: Told }) {
  const text = figure.value === null ? undefined : coveredText(figure.covered);
  if (!text) return null;
  return (
    <span className={styles.part} title="The share of the period that sources cover, or of what it is about that is known">
      {text}
    </span>
  );
}

/** By how much, which way, and whether that is good: by colour, arrow and sign. */
export function ChangeMark({ change, short = false }: { change: Change | undefined; short?: boolean }) {
  const { against } = useBoardContext();
  if (!change) return <span className={styles.change} />;
  const word = change.tone === "neither" ? "" : `, ${change.tone}`;
  return (
    <span className={styles.change} data-tone={change.tone} title={`against ${against}${word}`}>
      {change.way === "same" ? null : <span aria-hidden="true">{change.way === "up" ? "▲" : "▼"}</span>}
      {short && change.way === "same" ? <span aria-hidden="true">±0</span> : change.text}
      <span className="hidden-visually">{`${short && change.way === "same" ? "unchanged" : ""} against ${against}${word}`}</span>
    </span>
  );
}

/** The thirteen periods as a line. */
function Course({ figure, width }: { figure: Told; width: number }) {
  const { scale, shown } = useBoardContext();
  const values = figure.points.map(({ value }) => value);
  if (isUnknown(figure)) return <span className={styles.noCourse} />;
  return (
    <Sparkline
      values={values}
      width={width * scale}
      height={20 * scale}
      label={`${nameOfFigure(figure)} over ${values.length} ${periodsWord(shown.kind)}. ${figure.trend.statement}`}
    />
  );
}

/** Nothing was ever known of it in these periods. */
function isUnknown({ points }: Told): boolean {
  return points.every(({ value }) => value === null);
}

/** Where a figure goes, if it goes anywhere; that chance explains the rest is said in the details. */
function TrendWord({ figure: { trend } }: { figure: Told }) {
  if (trend.direction !== "RISING" && trend.direction !== "FALLING") return null;
  const tone = trend.isBetter === null ? "neither" : trend.isBetter ? "better" : "worse";
  return (
    <span className={styles.trend} data-tone={tone}>
      <span aria-hidden="true">{trend.direction === "RISING" ? "↗" : "↘"}</span> {trend.direction.toLowerCase()}
    </span>
  );
}

/** What a figure counts, what it is now, was before, and where it goes. */
function Details({ figure }: { figure: Told }) {
  const { against, shown } = useBoardContext();
  const { title, definition, value, before, covered, trend, points } = figure;
  const say = (of: number | null): ReactNode => (of === null ? <span className="quiet">—</span> : figureText(figure, of));
  return (
    <div className={styles.details}>
      <h2>{title}</h2>
      <p>{definition}</p>
      <dl className={styles.detailFacts}>
        <div>
          <dt>Now</dt>
          <dd>{value === null ? `unknown: ${whyUnknown(covered)}` : figureText(figure, value)}</dd>
        </div>
        <div>
          <dt>Against</dt>
          <dd>{before === null ? `${against}, unknown` : `${against}, ${figureText(figure, before)}`}</dd>
        </div>
        {covered === null ? null : (
          <div>
            <dt>Covered</dt>
            <dd>{covered >= 1 ? "all of it" : covered <= 0 ? "none of it" : (coveredText(covered) ?? "")}</dd>
          </div>
        )}
        <div>
          <dt>Trend</dt>
          <dd>{trend.statement}</dd>
        </div>
      </dl>
      <table className={styles.detailTable}>
        <caption className="hidden-visually">
          {title}, the last {points.length} {periodsWord(shown.kind)}
        </caption>
        <tbody>
          {points.toReversed().map((point) => (
            <tr key={point.day}>
              <th scope="row">{spanText(point.day, point.lastDay)}</th>
              <td className="number">{say(point.value)}</td>
              <td className="quiet">{point.running ? "so far" : (coveredText(point.covered) ?? "")}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
