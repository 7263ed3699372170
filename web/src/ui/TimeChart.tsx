import { type KeyboardEvent, useEffect, useId, useMemo, useRef, useState } from "react";
import { type Day, daysBetween, shortDay } from "../lib/moment";
import { monthTicks, rangeOf, roundTicks } from "../lib/scale";
import styles from "./TimeChart.module.css";

/** One line, or one layer, of a chart. */
export interface ChartSeries {
  id: string;
  name: string;
  /** A colour as CSS has it. */
  colour: string;
  /** One value a day of the chart; null where nothing is known. */
  values: (number | null)[];
}

interface TimeChartProps {
  label: string;
  /** The days that the values are of, oldest first. */
  days: Day[];
  series: ChartSeries[];
  /** Lines beside each other, or layers of counts that add up, in steps, the first one at the bottom. */
  shape?: "lines" | "layers";
  format: (value: number) => string;
  /** How the round figures at the side are written; as the values, if not said otherwise. */
  tick?: (value: number) => string;
  /** Counts begin at zero; a share that moves little is read better without. */
  fromZero?: boolean;
  height?: number;
}

const AXIS = 20;
const TOP = 8;

/** Values through time: lines or layers over one axis of days, read at a cross-hair. Small enough to be plain SVG. */
export function TimeChart({
  label,
  days,
  series,
  shape = "lines",
  format,
  tick: tickText = format,
  fromZero = true,
  height = 168,
}: TimeChartProps) {
  const plot = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(0);
  const [cursor, setCursor] = useState<number | undefined>(undefined);
  const help = useId();
  useEffect(() => {
    const element = plot.current;
    if (!element) return;
    const measure = (): void => setWidth(element.clientWidth);
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, []);

  const isLayers = shape === "layers";
  const layers = useMemo(() => (isLayers ? stacked(series, days.length) : []), [isLayers, series, days.length]);
  const { low, high } = useMemo(() => {
    const all = isLayers ? layers.flatMap(({ tops }) => tops) : series.flatMap(({ values }) => values.filter((value) => value !== null));
    return rangeOf(all, fromZero || isLayers);
  }, [isLayers, layers, series, fromZero]);
  const ticks = roundTicks(low, high, height > 120 ? 4 : 3);
  const left = Math.max(...ticks.map((tick) => tickText(tick).length), 2) * 6.4 + 8;
  const first = days[0] ?? "2000-01-01";
  const last = days.at(-1) ?? first;
  const length = Math.max(1, daysBetween(first, last));
  const xOf = (day: Day): number => left + (daysBetween(first, day) / length) * Math.max(1, width - left - 4);
  const y = (value: number): number => TOP + (1 - (value - low) / (high - low)) * (height - TOP - AXIS);
  const xs = days.map(xOf);
  const shown = cursor ?? days.length - 1;
  const shownDay = days[shown];

  const onPointer = (clientX: number): void => {
    const at = clientX - (plot.current?.getBoundingClientRect().left ?? 0);
    let nearest = 0;
    for (const [place, x] of xs.entries()) if (Math.abs(x - at) < Math.abs((xs[nearest] ?? 0) - at)) nearest = place;
    setCursor(nearest);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const places: Record<string, number> = { ArrowLeft: shown - 1, ArrowRight: shown + 1, Home: 0, End: days.length - 1 };
    const place = places[event.key];
    if (event.key === "Escape") setCursor(undefined);
    if (place === undefined) return;
    setCursor(Math.max(0, Math.min(place, days.length - 1)));
    event.preventDefault();
  };
  const reading = (values: readonly (number | null)[]): string => {
    const value = values[shown];
    return value === null || value === undefined ? "not known" : format(value);
  };
  // A layer that nothing is in at the day is not there to be seen.
  const told = isLayers ? series.filter(({ values }) => values[shown]) : series;
  const order = isLayers ? [...told].reverse() : told;
  // The legend keeps the room of all layers, so that nothing below moves with the cross-hair.
  const empty = isLayers ? series.filter((each) => !told.includes(each)) : [];
  return (
    <figure className={styles.chart}>
      <div
        ref={plot}
        className={styles.plot}
        style={{ height }}
        role="slider"
        tabIndex={0}
        aria-label={label}
        aria-describedby={help}
        aria-valuemin={0}
        aria-valuemax={Math.max(0, days.length - 1)}
        aria-valuenow={Math.max(0, shown)}
        aria-valuetext={
          shownDay ? `${shortDay(shownDay)}: ${told.map(({ name, values }) => `${name} ${reading(values)}`).join("; ")}` : "nothing"
        }
        onPointerMove={(event) => onPointer(event.clientX)}
        onPointerLeave={() => setCursor(undefined)}
        onKeyDown={onKeyDown}
        onBlur={() => setCursor(undefined)}
      >
        {width > 0 ? (
          <svg width={width} height={height} aria-hidden="true">
            {ticks.map((tick) => (
              <g key={tick}>
                <line x1={left} x2={width} y1={y(tick)} y2={y(tick)} className={styles.grid} />
                <text x={left - 6} y={y(tick) + 4} textAnchor="end" className={styles.text}>
                  {tickText(tick)}
                </text>
              </g>
            ))}
            {monthTicks(first, last, (width - left) / 46).map(({ day, text }) => (
              <text key={day} x={xOf(day)} y={height - 4} className={styles.text} textAnchor={xOf(day) > width - 24 ? "end" : "start"}>
                {text}
              </text>
            ))}
            {isLayers
              ? layers.map(({ id, colour, tops, bottoms }) => (
                  <path key={id} d={areaPath(xs, tops.map(y), bottoms.map(y))} fill={colour} className={styles.area} />
                ))
              : series.map(({ id, colour, values }) => (
                  <g key={id}>
                    {series.length === 1 ? (
                      <path d={underPath(xs, values, y, y(Math.max(low, fromZero ? 0 : low)))} fill={colour} className={styles.under} />
                    ) : null}
                    <path d={linePath(xs, values, y)} stroke={colour} className={styles.line} />
                  </g>
                ))}
            {cursor !== undefined ? <line x1={xs[cursor]} x2={xs[cursor]} y1={TOP - 4} y2={height - AXIS} className={styles.hair} /> : null}
            {isLayers
              ? null
              : series.map(({ id, colour, values }) => {
                  const value = values[shown];
                  if (value === null || value === undefined) return null;
                  return <circle key={id} cx={xs[shown]} cy={y(value)} r="3.5" fill={colour} className={styles.dot} />;
                })}
          </svg>
        ) : null}
      </div>
      <ul className={styles.legend}>
        {shownDay ? <li className={styles.day}>{shortDay(shownDay)}</li> : null}
        {order.map(({ id, name, colour, values }) => (
          <li key={id}>
            <span className={`${styles.swatch} ${isLayers ? "" : styles.swatchLine}`} style={{ background: colour }} aria-hidden="true" />
            {series.length === 1 ? <span className="hidden-visually">{name}</span> : name}
            <span className={styles.reading}>{reading(values)}</span>
          </li>
        ))}
        {empty.map(({ id, name }) => (
          <li key={id} className={styles.absent} aria-hidden="true">
            <span className={styles.swatch} />
            {name}
            <span className={styles.reading}>{format(0)}</span>
          </li>
        ))}
      </ul>
      <p id={help} className="hidden-visually">
        Left and right arrow move the day that is read.
      </p>
    </figure>
  );
}

interface Layer {
  id: string;
  colour: string;
  bottoms: number[];
  tops: number[];
}

/** Each layer on top of those before it; what is not known adds nothing. */
function stacked(series: readonly ChartSeries[], length: number): Layer[] {
  let bottoms = new Array<number>(length).fill(0);
  return series.map(({ id, colour, values }) => {
    const below = bottoms;
    const tops = below.map((bottom, place) => bottom + (values[place] ?? 0));
    bottoms = tops;
    return { id, colour, bottoms: below, tops };
  });
}

function point(x: number | undefined, y: number): string {
  return `${(x ?? 0).toFixed(1)} ${y.toFixed(1)}`;
}

function linePath(xs: readonly number[], values: readonly (number | null)[], y: (value: number) => number): string {
  let path = "";
  values.forEach((value, place) => {
    const before = values[place - 1];
    if (value !== null) path += `${before !== null && before !== undefined ? "L" : "M"}${point(xs[place], y(value))}`;
  });
  return path;
}

function underPath(xs: readonly number[], values: readonly (number | null)[], y: (value: number) => number, base: number): string {
  let path = "";
  values.forEach((value, place) => {
    if (value === null) return;
    const [before, next] = [values[place - 1], values[place + 1]];
    if (before === null || before === undefined) path += `M${point(xs[place], base)}`;
    path += `L${point(xs[place], y(value))}`;
    if (next === null || next === undefined) path += `L${point(xs[place], base)}Z`;
  });
  return path;
}

/** A count holds from the day that it was counted for back to the one before: nothing lies between the two. */
function areaPath(xs: readonly number[], tops: readonly number[], bottoms: readonly number[]): string {
  const above = stepsOf(xs, tops);
  const below = stepsOf(xs, bottoms).reverse();
  return `M${[...above, ...below].join("L")}Z`;
}

/** The corners of steps, each value up to its own place. */
function stepsOf(xs: readonly number[], ys: readonly number[]): string[] {
  return ys.flatMap((y, place) => (place === 0 ? [point(xs[0], y)] : [point(xs[place - 1], y), point(xs[place], y)]));
}
