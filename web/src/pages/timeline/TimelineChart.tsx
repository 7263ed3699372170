import { type KeyboardEvent, type PointerEvent, useCallback, useEffect, useId, useMemo, useRef, useState } from "react";
import { type Day, weekDay } from "../../lib/moment";
import { count } from "../../lib/text";
import { EntityLink } from "../../shell/EntityLink";
import { useMedia, useNarrow } from "../../ui/useMedia";
import type { Chart, Drawing } from "./draw";
import { coarser, type Lane, type Point, pointAt, segmentAt, totalIn } from "./lanes";
import { AXIS, laneAt, OVERVIEW, sizesOf } from "./layout";
import {
  DAY_MS,
  dayAt,
  moved,
  msOf,
  type Range,
  rangeOf,
  type Span,
  type Step,
  spanOf,
  stepEnd,
  stepFor,
  stepStart,
  within,
  zoomed,
} from "./range";
import styles from "./TimelineChart.module.css";

interface TimelineChartProps {
  lanes: readonly Lane[];
  /** All changes by day, for the overview. */
  all: readonly Point[];
  bounds: Range;
  range: Range;
  /** The day that is looked at, if it lies in the past: what is after it is dimmed. */
  past: Day | undefined;
  /** The day that is looked at. */
  day: Day;
  chosen: Range | undefined;
  isSelecting: boolean;
  onRange: (range: Range) => void;
  onSelected: (range: Range) => void;
  onOpen: (days: Range, lane: Lane | undefined) => void;
}

const SETTLED_MS = 220;

/** Lanes on one axis of time: zoom, move, select, and read all of them at one moment. */
export function TimelineChart(props: TimelineChartProps) {
  const { lanes, all, bounds, range, past, day, chosen, isSelecting, onRange, onSelected, onOpen } = props;
  const isNarrow = useNarrow();
  const isLow = useMedia("(max-height: 800px)");
  const sizes = useMemo(() => sizesOf(lanes, isNarrow, isLow ? 230 : 330), [lanes, isNarrow, isLow]);
  const plot = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLDivElement>(null);
  const scroller = useRef<HTMLDivElement>(null);
  const chart = useRef<Chart | undefined>(undefined);
  const whole = useMemo(() => spanOf(bounds), [bounds]);
  const [span, setSpan] = useState<Span>(() => spanOf(range));
  const [width, setWidth] = useState(0);
  const [cursor, setCursor] = useState<number | undefined>(undefined);
  const [brush, setBrush] = useState<{ from: number; to: number } | undefined>(undefined);
  const [isReady, setReady] = useState(false);
  const [failure, setFailure] = useState(false);
  const [scrolled, setScrolled] = useState(0);
  const help = useId();

  // The newest of everything, for what is called from outside of a render.
  const latest = useRef({ span, whole, onRange });
  latest.current = { ...latest.current, whole, onRange };
  const settling = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);

  const onSpan = useCallback((next: Span) => {
    latest.current.span = next;
    setSpan(next);
    clearTimeout(settling.current);
    settling.current = setTimeout(() => latest.current.onRange(rangeOf(next)), SETTLED_MS);
  }, []);

  useEffect(() => {
    let isGone = false;
    const element = canvas.current;
    if (!element) return;
    import("./draw").then(
      ({ newChart }) => {
        if (isGone) return;
        chart.current = newChart(element, onSpan);
        setReady(true);
      },
      () => setFailure(true),
    );
    return () => {
      isGone = true;
      clearTimeout(settling.current);
      chart.current?.dispose();
      chart.current = undefined;
      setReady(false);
    };
  }, [onSpan]);

  // Another range in the address moves the chart, unless it says what the chart shows already.
  useEffect(() => {
    const shown = rangeOf(latest.current.span);
    if (shown.from === range.from && shown.to === range.to) return;
    const next = spanOf(range);
    latest.current.span = next;
    setSpan(next);
    clearTimeout(settling.current);
    chart.current?.show(next);
    clearTimeout(settling.current);
  }, [range]);

  const drawing = useMemo<Drawing>(() => ({ lanes, all, bounds: whole, sizes, scrolled }), [lanes, all, whole, sizes, scrolled]);
  useEffect(() => {
    if (isReady) chart.current?.draw(drawing, within(latest.current.span, drawing.bounds));
  }, [drawing, isReady]);

  useEffect(() => {
    const element = plot.current;
    if (!element) return;
    const observer = new ResizeObserver(() => {
      setWidth(element.clientWidth);
      chart.current?.resize();
    });
    observer.observe(element);
    setWidth(element.clientWidth);
    return () => observer.disconnect();
  }, []);

  useThemeChange(() => chart.current?.recolour());

  useEffect(() => {
    if (isReady) chart.current?.setPanning(!isSelecting);
  }, [isSelecting, isReady]);

  const step = stepFor((span.end - span.start) / DAY_MS);
  const x = (ms: number): number => ((ms - span.start) / (span.end - span.start)) * width;
  const msAt = (clientX: number): number => {
    const { left, width: wide } = plot.current?.getBoundingClientRect() ?? { left: 0, width: 1 };
    return span.start + ((clientX - left) / wide) * (span.end - span.start);
  };
  const show = useCallback(
    (next: Span): void => {
      chart.current?.show(next);
      onSpan(next);
    },
    [onSpan],
  );

  useWheel(plot, chart, latest, show);

  const isInPlot = (clientY: number): boolean => {
    const { top } = plot.current?.getBoundingClientRect() ?? { top: 0 };
    return clientY - top < AXIS + sizes.view;
  };
  const laneOf = (clientY: number): Lane | undefined => {
    const { top } = plot.current?.getBoundingClientRect() ?? { top: 0 };
    const place = laneAt(sizes, clientY - top - AXIS + scrolled);
    return place === undefined ? undefined : lanes[place];
  };
  const daysAt = (ms: number, lane: Lane | undefined): Range => {
    const by = lane?.kind === "counts" || lane === undefined ? coarsestOf(lane, step) : "DAY";
    const from = stepStart(dayAt(ms), by);
    return { from, to: stepEnd(from, by) };
  };

  const press = useRef<{ x: number; y: number; ms: number } | undefined>(undefined);
  const onPointerDown = (event: PointerEvent): void => {
    if (event.button !== 0 || !isInPlot(event.clientY)) return;
    press.current = { x: event.clientX, y: event.clientY, ms: msAt(event.clientX) };
    if (isSelecting || event.shiftKey) {
      // The axis must not move with it.
      chart.current?.setPanning(false);
      event.currentTarget.setPointerCapture(event.pointerId);
      setBrush({ from: press.current.ms, to: press.current.ms });
    }
  };
  const onPointerMove = (event: PointerEvent): void => {
    if (brush) setBrush({ from: brush.from, to: msAt(event.clientX) });
    setCursor(isInPlot(event.clientY) ? msAt(event.clientX) : undefined);
  };
  const onPointerUp = (event: PointerEvent): void => {
    const began = press.current;
    press.current = undefined;
    if (brush) {
      setBrush(undefined);
      chart.current?.setPanning(!isSelecting);
    }
    if (!began) return;
    const isClick = Math.hypot(event.clientX - began.x, event.clientY - began.y) < 5;
    if (isClick) {
      const lane = laneOf(event.clientY);
      onOpen(daysAt(began.ms, lane), lane);
    } else if (brush) {
      const [start, end] = [Math.min(brush.from, brush.to), Math.max(brush.from, brush.to)];
      const from = dayAt(Math.max(start, whole.start));
      const to = dayAt(Math.min(end, whole.end - 1));
      onSelected({ from, to });
    }
  };

  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.metaKey || event.ctrlKey || event.altKey) return;
    const length = span.end - span.start;
    const place = cursor ?? Math.min(msOf(day), span.end - 1);
    const go = (ms: number): void => {
      const next = Math.max(whole.start, Math.min(ms, whole.end - 1));
      setCursor(next);
      if (next < span.start) show(moved(span, next - span.start, whole));
      else if (next >= span.end) show(moved(span, next - span.end + DAY_MS, whole));
    };
    const byStep = (direction: 1 | -1): void => {
      const start = stepStart(dayAt(place), step);
      go(direction === 1 ? msOf(stepEnd(start, step)) + DAY_MS : msOf(stepStart(dayAt(msOf(start) - 1), step)));
    };
    const zoomBy = (factor: number): void => show(zoomed(span, factor, place, whole));
    const actions = new Map<string, () => void>([
      ["ArrowLeft", () => (event.shiftKey ? show(moved(span, -length / 4, whole)) : byStep(-1))],
      ["ArrowRight", () => (event.shiftKey ? show(moved(span, length / 4, whole)) : byStep(1))],
      ["ArrowUp", () => zoomBy(0.7)],
      ["ArrowDown", () => zoomBy(1 / 0.7)],
      ["PageUp", () => show(moved(span, -length, whole))],
      ["PageDown", () => show(moved(span, length, whole))],
      ["+", () => zoomBy(0.7)],
      ["=", () => zoomBy(0.7)],
      ["-", () => zoomBy(1 / 0.7)],
      ["Home", () => go(whole.start)],
      ["End", () => go(whole.end - 1)],
      ["Enter", () => onOpen(daysAt(place, undefined), undefined)],
      [" ", () => onOpen(daysAt(place, undefined), undefined)],
    ]);
    const action = actions.get(event.key);
    if (event.key === "Escape" && cursor !== undefined) setCursor(undefined);
    if (!action) return;
    event.preventDefault();
    action();
  };

  const cursorDay = cursor === undefined ? undefined : dayAt(cursor);
  const reading = useMemo(() => (cursorDay === undefined ? undefined : read(lanes, cursorDay, step)), [lanes, cursorDay, step]);
  const label = cursorDay === undefined ? undefined : stepLabel(cursorDay, step);
  const markedDay = cursorDay ?? day;
  const spoken = useMemo(() => {
    const words = (reading ?? read(lanes, markedDay, step)).map(({ name, text }) => `${name}: ${text}`);
    return `${stepLabel(markedDay, step)}. ${words.join("; ")}`;
  }, [reading, lanes, markedDay, step]);

  const marker = x(msOf(day) + DAY_MS);
  const height = AXIS + sizes.view + OVERVIEW;
  return (
    <div className={styles.chart}>
      <div className={styles.names} style={{ height }}>
        <div className={styles.corner} aria-hidden="true" title="Each lane has a scale of its own: its highest mark says how many.">
          {label ?? <span className={styles.cornerQuiet}>{legendOf(step)}</span>}
        </div>
        <div
          ref={scroller}
          className={styles.scroller}
          style={{ height: sizes.view }}
          onScroll={(event) => setScrolled(event.currentTarget.scrollTop)}
        >
          <ul style={{ height: sizes.height }} aria-label="Lanes">
            {lanes.map((lane, place) => (
              <li
                key={lane.id}
                className={styles.name}
                style={{ height: isNarrow ? sizes.inset : (sizes.tops[place + 1] ?? 0) - (sizes.tops[place] ?? 0), top: sizes.tops[place] }}
              >
                <span className={styles.swatch} style={{ background: `var(${lane.colour})` }} data-kind={lane.kind} />
                <span className={styles.nameText}>
                  {lane.kind === "counts" && lane.entity ? <EntityLink to={lane.entity}>{lane.name}</EntityLink> : lane.name}
                  {lane.kind === "counts" && lane.kindWord ? <span className={styles.kind}> {lane.kindWord}</span> : null}
                </span>
                <span className={styles.reading} data-read={reading !== undefined}>
                  {reading?.[place]?.text ?? (lane.kind === "counts" ? count(totalIn(lane, range)) : "")}
                </span>
              </li>
            ))}
          </ul>
        </div>
      </div>
      {/* A slider says the day that it stands on, and what all lanes say there. */}
      <div
        ref={plot}
        className={`${styles.plot} ${isSelecting ? styles.selecting : ""}`}
        style={{ height }}
        role="slider"
        tabIndex={0}
        aria-label="Timeline"
        aria-describedby={help}
        aria-busy={!isReady && !failure}
        aria-valuemin={0}
        aria-valuemax={Math.round((whole.end - whole.start) / DAY_MS) - 1}
        aria-valuenow={Math.max(0, Math.round((msOf(markedDay) - whole.start) / DAY_MS))}
        aria-valuetext={spoken}
        onPointerDownCapture={onPointerDown}
        onPointerMove={onPointerMove}
        onPointerUp={onPointerUp}
        onPointerCancel={() => setBrush(undefined)}
        onPointerLeave={() => setCursor(undefined)}
        onKeyDown={onKeyDown}
      >
        <div ref={canvas} className={styles.canvas} style={{ height }} />
        {past !== undefined && marker < width ? (
          <div className={styles.future} style={{ left: Math.max(0, marker), top: AXIS, height: sizes.view }} aria-hidden="true" />
        ) : null}
        {chosen ? (
          <Stretch
            className={styles.chosen}
            from={x(msOf(chosen.from))}
            to={x(msOf(chosen.to) + DAY_MS)}
            width={width}
            height={sizes.view}
          />
        ) : null}
        {brush ? (
          <Stretch
            className={styles.brush}
            from={x(msOf(dayAt(Math.min(brush.from, brush.to))))}
            to={x(msOf(dayAt(Math.max(brush.from, brush.to))) + DAY_MS)}
            width={width}
            height={sizes.view}
          />
        ) : null}
        {marker >= 0 && marker <= width ? (
          <div
            className={`${styles.marker} ${past === undefined ? styles.present : ""}`}
            style={{ transform: `translateX(${Math.min(marker, width - 1)}px)`, height: AXIS + sizes.view }}
          >
            {past === undefined ? null : <span data-side={marker > width - 90 ? "left" : "right"}>{weekDay(past)}</span>}
          </div>
        ) : null}
        {cursor === undefined ? null : (
          <div className={styles.hair} style={{ transform: `translateX(${x(cursor)}px)`, height: AXIS + sizes.view }}>
            <span data-side={x(cursor) > width - 130 ? "left" : "right"}>{label}</span>
          </div>
        )}
        {failure ? (
          <p className={styles.failure}>The chart could not be loaded. The list below says the same; reload the page to try again.</p>
        ) : null}
      </div>
      <p id={help} className="hidden-visually">
        Left and right arrow move the cross-hair, with Shift the range. Plus and minus zoom. Home and End go to the first day and to today.
        Enter opens what changed there.
      </p>
    </div>
  );
}

function Stretch({
  className,
  from,
  to,
  width,
  height,
}: {
  className: string | undefined;
  from: number;
  to: number;
  width: number;
  height: number;
}) {
  const [left, right] = [Math.max(-2, from), Math.min(width + 2, to)];
  if (right <= left) return null;
  return <div className={className} style={{ left, width: right - left, top: AXIS, height }} aria-hidden="true" />;
}

/** What all lanes say at a day. */
function read(lanes: readonly Lane[], day: Day, step: Step): { name: string; text: string }[] {
  return lanes.map((lane) => {
    // The value that a day ended with.
    if (lane.kind === "values") return { name: lane.name, text: segmentAt(lane.segments, msOf(day) + DAY_MS - 1)?.text ?? "none" };
    if (lane.kind === "levels") {
      const value = segmentAt(lane.levels, msOf(day) + DAY_MS - 1)?.value;
      return { name: lane.name, text: value === undefined ? "not known" : lane.format(value) };
    }
    const by = coarsestOf(lane, step);
    const point = pointAt(by === lane.step ? lane.points : coarser(lane.points, by), day, by);
    return { name: lane.name, text: point ? count(point.count) : "0" };
  });
}

function coarsestOf(lane: Lane | undefined, step: Step): Step {
  if (lane?.kind !== "counts" || lane.step === "DAY" || step === "MONTH") return step;
  return lane.step;
}

function stepLabel(day: Day, step: Step): string {
  if (step === "DAY") return weekDay(day);
  return step === "WEEK" ? `Week of ${weekDay(stepStart(day, step)).slice(5)}` : `Month of ${weekDay(stepStart(day, step)).slice(7)}`;
}

function legendOf(step: Step): string {
  return step === "DAY" ? "By day" : step === "WEEK" ? "By week" : "By month";
}

/** A wheel turned sideways, or with Shift, moves the axis; ECharts would zoom. */
function useWheel(
  plot: { current: HTMLDivElement | null },
  chart: { current: Chart | undefined },
  latest: { current: { span: Span; whole: Span } },
  show: (span: Span) => void,
): void {
  useEffect(() => {
    const element = plot.current;
    if (!element) return;
    const onWheel = (event: WheelEvent): void => {
      const isSideways = event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY);
      if (!isSideways || !chart.current) return;
      event.preventDefault();
      event.stopPropagation();
      const { span, whole } = latest.current;
      const by = (event.deltaX || event.deltaY) / Math.max(1, element.clientWidth);
      show(moved(span, by * (span.end - span.start), whole));
    };
    element.addEventListener("wheel", onWheel, { capture: true, passive: false });
    return () => element.removeEventListener("wheel", onWheel, { capture: true });
  }, [plot, chart, latest, show]);
}

/** Calls back after the theme has become another one, by choice or by the system. */
function useThemeChange(changed: () => void): void {
  const call = useRef(changed);
  call.current = changed;
  useEffect(() => {
    const after = (): void => {
      requestAnimationFrame(() => call.current());
    };
    const observer = new MutationObserver(after);
    observer.observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
    const system = window.matchMedia("(prefers-color-scheme: dark)");
    system.addEventListener("change", after);
    return () => {
      observer.disconnect();
      system.removeEventListener("change", after);
    };
  }, []);
}
