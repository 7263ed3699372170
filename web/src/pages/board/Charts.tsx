/** The thirteen periods on one axis of time: stability above the incidents that made it, open bugs above what moved them. */
import { Link, useNavigate } from "@tanstack/react-router";
import { type KeyboardEvent, type ReactNode, useCallback, useEffect, useId, useRef, useState } from "react";
import type { BoardIncidentsQuery, IncidentSeverity, Metric } from "../../api/generated";
import { figureText, spanWords } from "../../lib/figure";
import { absolute } from "../../lib/moment";
import { type Period, periodAt, rangeOfDays, spanText, tickOf } from "../../lib/period";
import { rangeOf, roundTicks } from "../../lib/scale";
import { count, counted } from "../../lib/text";
import { useMoment } from "../../shell/moment";
import styles from "./Board.module.css";
import { useBoardContext } from "./context";
import { around } from "./record";
import { DRAWN_AT_MOST, type Told, useIncidents } from "./useBoard";

type Drawn = NonNullable<NonNullable<NonNullable<BoardIncidentsQuery["board"]>["figures"][number]["records"]>["nodes"]>[number];

/** A period on the axis. */
interface Slot {
  from: number;
  to: number;
  /** Its days in words, and what stands below it. */
  name: string;
  tick: string;
  period: Period;
}

interface Line {
  name: string;
  colour: string;
  values: (number | null)[];
  say: (value: number) => string;
}

const TOP = 8;
const LANES: [IncidentSeverity, string][] = [
  ["CRITICAL", "critical"],
  ["MAJOR", "major"],
  ["MINOR", "minor"],
];

/** Everything that is drawn through time. */
export function Charts({ choose }: { choose: (period: Period) => void }) {
  const { told, asked, shown, scale, isWall } = useBoardContext();
  const [cursor, setCursor] = useState<number | undefined>(undefined);
  const { ref, width } = useWidth();
  const slots = slotsOf(told.get("STABILITY") ?? told.values().next().value, shown);
  const incidents = useIncidents(asked, isWall);
  const records = incidents.data?.board?.figures[0]?.records;
  const axis: Axis = { slots, width, left: 58 * scale, cursor, setCursor, choose, scale };
  const line = (metric: Metric, name: string, colour: string): Line | undefined => {
    const figure = told.get(metric);
    return figure
      ? { name, colour, values: figure.points.map(({ value }) => value), say: (value) => figureText(figure, value) }
      : undefined;
  };
  const stability = line("STABILITY", "Stability", "var(--accent)");
  const levels = [line("OPEN_BUGS", "open", "var(--lane-general)"), line("BUGS_IN_BREACH", "in breach", "var(--bad)")].filter(
    (each) => each !== undefined,
  );
  const created = line("CREATED_BUGS", "created", "var(--lane-bug)");
  const resolved = line("RESOLVED_BUGS", "resolved", "var(--good)");
  const knowsIncidents = stability?.values.some((value) => value !== null);
  const knowsBugs = levels.some(({ values }) => values.some((value) => value !== null));
  return (
    <div className={styles.charts} ref={ref}>
      <Part isFirst title="Product stability" axis={axis} lines={stability ? [stability] : []}>
        {!knowsIncidents ? (
          <Nothing what="incidents" height={176 * scale} />
        ) : (
          <>
            <Plot axis={axis} label="Product stability" height={112 * scale} lines={stability ? [stability] : []}>
              {(of) => <Lines {...of} lines={stability ? [stability] : []} fromZero={false} atMost={1} area />}
            </Plot>
            <Incidents axis={axis} incidents={records?.nodes ?? []} total={records?.totalCount ?? 0} />
          </>
        )}
      </Part>
      <Part title="Open production bugs" axis={axis} lines={levels}>
        {knowsBugs ? (
          <Plot axis={axis} label="Open production bugs" height={92 * scale} lines={levels}>
            {(of) => <Lines {...of} lines={levels} fromZero />}
          </Plot>
        ) : (
          <Nothing what="bugs" height={92 * scale} />
        )}
      </Part>
      {knowsBugs && created && resolved ? (
        <Part title="Created against resolved" axis={axis} lines={[created, resolved]}>
          <Plot axis={axis} label="Bugs created against resolved" height={104 * scale} lines={[created, resolved]} ticks>
            {(of) => <Columns {...of} up={created} down={resolved} />}
          </Plot>
        </Part>
      ) : null}
    </div>
  );
}

interface Axis {
  slots: Slot[];
  width: number;
  left: number;
  cursor: number | undefined;
  setCursor: (place: number | undefined) => void;
  choose: (period: Period) => void;
  scale: number;
}

/** A chart with its title and what is read at the cross-hair. */
function Part({
  title,
  axis: { slots, cursor },
  lines,
  isFirst = false,
  children,
}: {
  title: string;
  axis: Axis;
  lines: Line[];
  /** It says which period is read, even if nobody points at one. */
  isFirst?: boolean;
  children: ReactNode;
}) {
  const place = cursor ?? slots.length - 1;
  const slot = slots[place];
  return (
    <section className={styles.panel}>
      <h2 className={styles.partHead}>
        {title}
        <span className={styles.legend}>
          {lines.map(({ name, colour, values, say }) => {
            const value = values[place];
            return (
              <span key={name} className={styles.legendItem}>
                <span className={styles.swatch} style={{ background: colour }} aria-hidden="true" />
                {lines.length > 1 ? `${name} ` : null}
                <strong>{value === null || value === undefined ? "—" : say(value)}</strong>
              </span>
            );
          })}
          {slot && (isFirst || cursor !== undefined) ? <span className={styles.legendDays}>{slot.name}</span> : null}
        </span>
      </h2>
      {children}
    </section>
  );
}

/** What a drawing needs of its plot. */
interface Frame {
  axis: Axis;
  top: number;
  bottom: number;
}

interface PlotProps {
  axis: Axis;
  label: string;
  height: number;
  lines: Line[];
  /** Name the periods below. */
  ticks?: boolean;
  children: (of: Frame) => ReactNode;
}

/** A field of the common axis: read by pointer or arrow keys, a period is opened by a click or Enter. */
function Plot({ axis, label, height, lines, ticks = false, children }: PlotProps) {
  const { slots, width, cursor, setCursor, choose, scale } = axis;
  const help = useId();
  const shown = cursor ?? slots.length - 1;
  const slot = slots[shown];
  const bottom = height - (ticks ? 18 * scale : 4);
  const placeAt = (clientX: number, element: Element): number => {
    const box = element.getBoundingClientRect();
    const ms = timeAt(axis, ((clientX - box.left) / box.width) * width);
    const found = slots.findIndex(({ to }) => ms < to);
    return found < 0 ? slots.length - 1 : found;
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const places: Record<string, number> = { ArrowLeft: shown - 1, ArrowRight: shown + 1, Home: 0, End: slots.length - 1 };
    const place = places[event.key];
    if (event.key === "Escape") setCursor(undefined);
    if (event.key === "Enter" && slot) choose(slot.period);
    if (place === undefined) return;
    setCursor(Math.max(0, Math.min(place, slots.length - 1)));
    event.preventDefault();
  };
  const said = lines.map(({ name, values, say }) => {
    const value = values[shown];
    return `${name} ${value === null || value === undefined ? "not known" : say(value)}`;
  });
  return (
    <div
      className={styles.plot}
      style={width > 0 ? undefined : { height }}
      role="slider"
      tabIndex={0}
      aria-label={label}
      aria-describedby={help}
      aria-valuemin={0}
      aria-valuemax={Math.max(0, slots.length - 1)}
      aria-valuenow={Math.max(0, shown)}
      aria-valuetext={slot ? `${slot.name}: ${said.join("; ")}` : "nothing"}
      onPointerMove={(event) => setCursor(placeAt(event.clientX, event.currentTarget))}
      onPointerLeave={() => setCursor(undefined)}
      onClick={(event) => {
        const chosen = slots[placeAt(event.clientX, event.currentTarget)];
        if (chosen) choose(chosen.period);
      }}
      onKeyDown={onKeyDown}
      onBlur={() => setCursor(undefined)}
    >
      {width > 0 ? (
        <svg viewBox={`0 0 ${width} ${height}`} width={width} height={height} aria-hidden="true">
          <Band axis={axis} height={bottom} />
          {children({ axis, top: TOP, bottom })}
          {ticks ? <Ticks axis={axis} y={height - 4} /> : null}
        </svg>
      ) : null}
      <span id={help} className="hidden-visually">
        Left and right arrow move the period that is read, Enter shows it.
      </span>
    </div>
  );
}

/** The period that the board is of, and the one that is read. */
function Band({ axis, height }: { axis: Axis; height: number }) {
  const { slots, cursor } = axis;
  const band = (place: number, look: string | undefined): ReactNode => {
    const slot = slots[place];
    if (!slot) return null;
    const [x, end] = [xOf(axis, slot.from), xOf(axis, slot.to)];
    return <rect x={x} width={Math.max(0, end - x)} y={0} height={height} className={look} />;
  };
  return (
    <>
      {band(slots.length - 1, styles.shownBand)}
      {cursor === undefined || cursor === slots.length - 1 ? null : band(cursor, styles.readBand)}
    </>
  );
}

function Ticks({ axis, y }: { axis: Axis; y: number }) {
  const { slots, width, left, scale } = axis;
  const room = (Math.max(...slots.map(({ tick }) => tick.length), 1) * 6.6 + 10) * scale;
  const every = Math.max(1, Math.ceil((slots.length * room) / Math.max(1, width - left)));
  return slots.map((slot, place) =>
    (slots.length - 1 - place) % every === 0 ? (
      <text key={slot.from} x={(xOf(axis, slot.from) + xOf(axis, slot.to)) / 2} y={y} textAnchor="middle" className={styles.text}>
        {slot.tick}
      </text>
    ) : null,
  );
}

function Grid({
  axis: { width, left },
  ticks,
  y,
  say,
}: {
  axis: Axis;
  ticks: number[];
  y: (value: number) => number;
  say: (value: number) => string;
}) {
  return ticks.map((tick) => (
    <g key={tick}>
      <line x1={left} x2={width} y1={y(tick)} y2={y(tick)} className={styles.grid} />
      <text x={left - 6} y={y(tick) + 4} textAnchor="end" className={styles.text}>
        {say(tick)}
      </text>
    </g>
  ));
}

function Lines({
  axis,
  top,
  bottom,
  lines,
  fromZero,
  atMost,
  area = false,
}: Frame & { lines: Line[]; fromZero: boolean; atMost?: number; area?: boolean }) {
  const { slots } = axis;
  const known = lines.flatMap(({ values }) => values.filter((value) => value !== null));
  const range = rangeOf(known, fromZero);
  const high = atMost === undefined ? range.high : Math.min(atMost, range.high);
  // A stability that hardly moves is not drawn as a mountain range.
  const low = atMost === undefined ? range.low : Math.min(range.low, high - 0.002);
  const y = (value: number): number => top + (1 - (value - low) / (high - low)) * (bottom - top);
  const xs = slots.map(({ from, to }) => xOf(axis, (from + to) / 2));
  const ticks = atMost === undefined ? wholeTicks(low, high, 4) : roundTicks(low, high, 4);
  return (
    <>
      <Grid axis={axis} ticks={ticks} y={y} say={atMost === undefined ? roundCount : percentTick(ticks)} />
      {lines.map(({ name, colour, values }) => (
        <g key={name}>
          {area ? <path d={path(xs, values, y, bottom)} fill={colour} className={styles.under} /> : null}
          <path d={path(xs, values, y)} stroke={colour} className={styles.line} />
          {values.map((value, place) =>
            value === null ? null : (
              <circle
                key={slots[place]?.from}
                cx={xs[place]}
                cy={y(value)}
                r={(place === slots.length - 1 ? 3.5 : 2) * axis.scale}
                fill={colour}
                className={styles.dot}
              />
            ),
          )}
        </g>
      ))}
    </>
  );
}

/** What came, upwards, and what went, downwards, of each period. */
function Columns({ axis, top, bottom, up, down }: Frame & { up: Line; down: Line }) {
  const { slots } = axis;
  const high = Math.max(1, ...up.values.map((value) => value ?? 0));
  const low = -Math.max(1, ...down.values.map((value) => value ?? 0));
  const ticks = wholeTicks(low, high, 5);
  const y = (value: number): number => top + ((high - value) / (high - low)) * (bottom - top);
  const column = (slot: Slot, from: number, to: number, colour: string): ReactNode => {
    const [start, end] = [xOf(axis, slot.from), xOf(axis, slot.to)];
    const room = Math.max((end - start) * 0.22, (end - start - 22 * axis.scale) / 2);
    const [upper, lower] = [Math.min(y(from), y(to)), Math.max(y(from), y(to))];
    return (
      <rect
        x={start + room}
        width={Math.max(1, end - start - 2 * room)}
        y={upper}
        height={lower - upper}
        fill={colour}
        className={styles.flow}
        rx="1.5"
      />
    );
  };
  return (
    <>
      <Grid axis={axis} ticks={ticks} y={y} say={(tick) => roundCount(Math.abs(tick))} />
      {slots.map((slot, place) => (
        <g key={slot.from}>
          {column(slot, 0, up.values[place] ?? 0, up.colour)}
          {column(slot, 0, -(down.values[place] ?? 0), down.colour)}
        </g>
      ))}
      <line x1={axis.left} x2={axis.width} y1={y(0)} y2={y(0)} className={styles.zero} />
    </>
  );
}

/** A lane for each severity, a bar for each incident, as long as it went on. A click leads to its place in the timeline. */
function Incidents({ axis, incidents, total }: { axis: Axis; incidents: readonly Drawn[]; total: number }) {
  const { zone, today } = useMoment();
  const navigate = useNavigate();
  const { slots, width, left, scale } = axis;
  const lane = 15 * scale;
  const height = lane * LANES.length + 18 * scale;
  const end = slots.at(-1)?.to ?? 0;
  if (width === 0) return <div style={{ height }} />;
  return (
    <>
      <svg
        viewBox={`0 0 ${width} ${height}`}
        width={width}
        height={height}
        className={styles.lanes}
        role="img"
        aria-label={`${counted(total, "incident")} in these periods`}
      >
        <Band axis={axis} height={lane * LANES.length} />
        {LANES.map(([severity, name], row) => (
          <g key={severity}>
            <line x1={left} x2={width} y1={lane * (row + 0.5)} y2={lane * (row + 0.5)} className={styles.grid} />
            <text x={left - 6} y={lane * (row + 0.5) + 4} textAnchor="end" className={styles.text}>
              {name}
            </text>
          </g>
        ))}
        {incidents.filter(isOn(slots)).map((each) => {
          const severity = each.incident?.severity ?? null;
          const row = Math.max(
            0,
            LANES.findIndex(([of]) => of === (severity ?? "MINOR")),
          );
          const from = Math.max(Date.parse(each.at), slots[0]?.from ?? 0);
          const to = Math.min(each.ended ? Date.parse(each.ended) : end, end);
          const x = xOf(axis, from);
          return (
            // By keyboard the same is reached through the list of incidents, which the figure opens.
            // biome-ignore lint/a11y/noStaticElementInteractions: see above
            <rect
              key={each.id}
              x={x}
              width={Math.max(3 * scale, xOf(axis, to) - x)}
              y={lane * (row + 0.5) - 4.5 * scale}
              height={9 * scale}
              rx={1.5 * scale}
              className={styles.incident}
              data-severity={severity ?? "UNKNOWN"}
              onClick={() =>
                void navigate({ to: "/timeline", search: { of: each.entity?.ref, facets: "incident", ...around(each, today, zone) } })
              }
            >
              <title>
                {`${each.incident?.title ?? "Incident"}\n${severity?.toLowerCase() ?? "severity unknown"}, ${absolute(each.at, zone)}, ${
                  each.ended ? `took ${spanWords(each.seconds)}` : "goes on"
                }`}
              </title>
            </rect>
          );
        })}
        <Ticks axis={axis} y={height - 4} />
      </svg>
      {total > incidents.length && incidents.length >= DRAWN_AT_MOST ? (
        <p className={styles.cut}>
          Drawn are {count(incidents.length)} of {counted(total, "incident")}; <Link to="/timeline">the timeline</Link> has them all.
        </p>
      ) : null}
    </>
  );
}

/** Whether an incident went on in these periods: while others are asked for, those of the periods before are still there. */
function isOn(slots: readonly Slot[]): (incident: Drawn) => boolean {
  const [start, end] = [slots[0]?.from ?? 0, slots.at(-1)?.to ?? 0];
  return ({ at, ended }) => Date.parse(at) < end && (ended === null || Date.parse(ended) >= start);
}

/** Says who could tell, where nobody does. */
export function Nothing({ what, height }: { what: "incidents" | "bugs" | "support cases"; height?: number }) {
  return (
    <p className={styles.nothing} style={height === undefined ? undefined : { minHeight: height }}>
      <span>
        No source of {what} covers these periods, so nothing is known of them.{" "}
        <Link to="/collectors">Connect one, or see how far it is.</Link>
      </span>
    </p>
  );
}

function slotsOf(figure: Told | undefined, { kind }: Period): Slot[] {
  return (figure?.points ?? []).map(({ day, lastDay, from, to }) => ({
    from: Date.parse(from),
    to: Date.parse(to),
    name: spanText(day, lastDay),
    tick: tickOf(kind, day),
    period: kind === "range" ? rangeOfDays(day, lastDay) : periodAt(kind, day),
  }));
}

function xOf({ slots, left, width }: Axis, ms: number): number {
  const [start, end] = [slots[0]?.from ?? 0, slots.at(-1)?.to ?? 1];
  return left + ((ms - start) / Math.max(1, end - start)) * Math.max(1, width - left - 2);
}

function timeAt({ slots, left, width }: Axis, x: number): number {
  const [start, end] = [slots[0]?.from ?? 0, slots.at(-1)?.to ?? 1];
  return start + ((x - left) / Math.max(1, width - left - 2)) * (end - start);
}

/** A line with gaps where nothing is known; down to a base, an area. */
function path(xs: readonly number[], values: readonly (number | null)[], y: (value: number) => number, base?: number): string {
  let text = "";
  values.forEach((value, place) => {
    if (value === null) return;
    const [x = 0, starts, ends] = [xs[place], (values[place - 1] ?? null) === null, (values[place + 1] ?? null) === null];
    const at = `${x.toFixed(1)} ${y(value).toFixed(1)}`;
    if (base === undefined) text += `${starts ? "M" : "L"}${at}`;
    else text += `${starts ? `M${x.toFixed(1)} ${base}` : ""}L${at}${ends ? `L${x.toFixed(1)} ${base}Z` : ""}`;
  });
  return text;
}

/** Ticks of what is counted: there is no half of it. */
function wholeTicks(low: number, high: number, about: number): number[] {
  return roundTicks(low, high, about).filter(Number.isInteger);
}

function roundCount(value: number): string {
  return value.toLocaleString("en", { maximumFractionDigits: 1 });
}

/** As many digits as the steps between ticks have. */
function percentTick(ticks: readonly number[]): (value: number) => string {
  const isExact = (digits: number): boolean => ticks.every((tick) => Math.abs(Number((tick * 100).toFixed(digits)) - tick * 100) < 1e-6);
  const digits = [0, 1, 2].find(isExact) ?? 3;
  return (value) => `${(value * 100).toFixed(digits)} %`;
}

function useWidth() {
  const [width, setWidth] = useState(0);
  const observer = useRef<ResizeObserver | undefined>(undefined);
  const ref = useCallback((element: HTMLDivElement | null) => {
    observer.current?.disconnect();
    if (!element) return;
    const measure = (): void => setWidth(element.clientWidth);
    measure();
    observer.current = new ResizeObserver(measure);
    observer.current.observe(element);
  }, []);
  useEffect(() => () => observer.current?.disconnect(), []);
  return { ref, width };
}
