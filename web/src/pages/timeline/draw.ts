/**
 * Draws lanes on one shared axis of time, with ECharts. It is loaded on demand: nothing else may import it as a value.
 *
 * ECharts scales, clips, zooms and paints; what stands where follows from the pure functions beside this file, so that
 * the pointer can be read by the same arithmetic and nothing on the canvas needs to be hit.
 */

import type { CustomSeriesOption } from "echarts/charts";
import { CustomChart } from "echarts/charts";
import type { DataZoomComponentOption, GridComponentOption } from "echarts/components";
import { DataZoomComponent, GridComponent } from "echarts/components";
import { type ComposeOption, type ECharts, graphic, init, use } from "echarts/core";
import { CanvasRenderer } from "echarts/renderers";
import {
  coarser,
  extentOf,
  heightOf,
  highestOf,
  type Lane,
  type LevelLane,
  labelledOf,
  type Point,
  pixels,
  type Segment,
  segmentAt,
  shortCount,
  widthOf,
} from "./lanes";
import { AXIS, LANE_TOP, OVERVIEW, type Sizes } from "./layout";
import { DAY_MS, dayAt, msOf, SHORTEST_DAYS, type Span, type Step, stepEnd, stepFor, ticksOf } from "./range";

use([CustomChart, GridComponent, DataZoomComponent, CanvasRenderer]);

type Option = ComposeOption<CustomSeriesOption | GridComponentOption | DataZoomComponentOption>;
type RenderItem = NonNullable<CustomSeriesOption["renderItem"]>;
type Drawn = NonNullable<ReturnType<RenderItem>>;
type Child = Extract<Drawn, { type: "group" }>["children"] extends (infer Each)[] | undefined ? Each : never;

/** Pixels kept free beside the overview, for the handles. */
const EDGE = 5;

/** What is drawn. */
export interface Drawing {
  lanes: readonly Lane[];
  /** Everything that there is, day by day, for the overview. */
  all: readonly Point[];
  bounds: Span;
  sizes: Sizes;
  /** Pixels that lanes are scrolled up. */
  scrolled: number;
}

/** A chart on the page. */
export interface Chart {
  draw: (drawing: Drawing, span: Span) => void;
  /** Shows another span of what is drawn. */
  show: (span: Span) => void;
  resize: () => void;
  /** Takes the colours anew, after another theme was chosen. */
  recolour: () => void;
  /** Whether dragging moves the axis. It does not while a range is selected. */
  setPanning: (isPanning: boolean) => void;
  dispose: () => void;
}

/** Many rectangles in one path: a lane of a year is one shape and not some hundreds. */
const Columns = graphic.extendShape({
  shape: { columns: [] as number[] },
  buildPath(context: CanvasRenderingContext2D, { columns }: { columns: number[] }) {
    for (let place = 0; place + 3 < columns.length; place += 4) {
      context.rect(columns[place] ?? 0, columns[place + 1] ?? 0, columns[place + 2] ?? 0, columns[place + 3] ?? 0);
    }
  },
});
graphic.registerShape("spotColumns", Columns);

/** Puts a chart into an element. */
export function newChart(element: HTMLElement, onSpan: (span: Span) => void): Chart {
  const chart: ECharts = init(element, null, { renderer: "canvas" });
  let palette = newPalette(element);
  let drawing: Drawing | undefined;
  let span: Span = { start: 0, end: 1 };
  let isPanning = true;

  const renderFrame: RenderItem = () => frame();
  const renderLane: RenderItem = ({ dataIndex }) => lane(dataIndex);
  const renderOverview: RenderItem = () => overview();

  chart.on("datazoom", (event) => {
    if (!drawing) return;
    const { start, end } = zoomOf(event);
    if (start === undefined || end === undefined) return;
    const length = drawing.bounds.end - drawing.bounds.start;
    span = { start: drawing.bounds.start + (start / 100) * length, end: drawing.bounds.start + (end / 100) * length };
    onSpan(span);
  });

  function zoomOf(event: unknown): { start?: number; end?: number } {
    const zoom = event as { start?: number; end?: number; batch?: { start?: number; end?: number }[] };
    return zoom.batch?.[0] ?? zoom;
  }

  function group(children: Child[]): Drawn {
    return { type: "group", children, silent: true } as Drawn;
  }

  function x(ms: number): number {
    return ((ms - span.start) / (span.end - span.start)) * chart.getWidth();
  }

  /** Ticks, the lines between lanes, and the future. */
  function frame(): Drawn {
    if (!drawing) return group([]);
    const { sizes, lanes, scrolled } = drawing;
    const width = chart.getWidth();
    const bottom = AXIS + sizes.view;
    const children: Child[] = [];
    for (const tick of ticksOf(span, width)) {
      const at = Math.round(x(tick.ms)) + 0.5;
      children.push({
        type: "line",
        shape: { x1: at, y1: AXIS - 6, x2: at, y2: bottom },
        style: { stroke: tick.strong ? palette.lineStrong : palette.line, lineWidth: 1 },
      } as Child);
      children.push({
        type: "text",
        style: {
          x: Math.min(at + 4, width - 44),
          y: AXIS - 8,
          text: tick.text,
          verticalAlign: "bottom",
          fill: tick.strong ? palette.text : palette.textQuiet,
          font: `${tick.strong ? 600 : 400} 12px ${palette.font}`,
        },
      } as Child);
    }
    children.push(hairline(AXIS, width));
    lanes.forEach((_, place) => {
      const y = AXIS + (sizes.tops[place + 1] ?? sizes.height) - scrolled;
      if (y > AXIS && y <= bottom) children.push(hairline(y, width));
    });
    return group(children);
  }

  function hairline(y: number, width: number): Child {
    const at = Math.round(y) - 0.5;
    return { type: "line", shape: { x1: 0, y1: at, x2: width, y2: at }, style: { stroke: palette.line, lineWidth: 1 } } as Child;
  }

  function lane(place: number): Drawn {
    const found = drawing?.lanes[place];
    if (!drawing || !found) return group([]);
    const { sizes, scrolled } = drawing;
    const top = AXIS + (sizes.tops[place] ?? 0) - scrolled + sizes.inset;
    const height = (sizes.tops[place + 1] ?? sizes.height) - (sizes.tops[place] ?? 0) - sizes.inset;
    if (top + height < AXIS || top > AXIS + sizes.view) return group([]);
    if (found.kind === "values") return group(values(found.segments, top, height, found.colour));
    if (found.kind === "levels") return group(levels(found, top, height));
    return group(counts(found.points, found.step, top, height, found.colour));
  }

  function counts(points: readonly Point[], least: Step, top: number, height: number, colour: string): Child[] {
    const step = coarsest(least, stepFor((span.end - span.start) / DAY_MS));
    const base = top + height - 1;
    const room = height - LANE_TOP;
    const seen: number[] = [];
    const reconstructed: number[] = [];
    const failures: number[] = [];
    const texts: Child[] = [];
    const lastDay = dayAt(span.end);
    const firstDay = dayAt(span.start);
    const width = chart.getWidth();
    const shown = merged(points, least, step).filter(({ day }) => day <= lastDay && stepEnd(day, step) >= firstDay);
    // A lane has a scale of its own: beside dependencies, of which hundreds change, all others would be flat.
    const highest = highestOf(shown);
    const labelled = labelledOf(shown, pixels(daysOf(step), span, width));
    for (const point of shown) {
      const { day, count, backfilled } = point;
      const left = x(msOf(day));
      const right = x(msOf(stepEnd(day, step)) + DAY_MS);
      const gap = right - left > 4 ? 1 : 0;
      // A column is never wider than it is easy to compare with its neighbours, and never too narrow to be seen.
      const wide = Math.max(2, Math.min(right - left - gap, 34));
      const from = Math.round((left + right - wide) / 2);
      const tall = Math.round(heightOf(count, highest) * room);
      const share = Math.round((tall * backfilled) / count);
      if (share > 0) reconstructed.push(from + 0.5, base - tall + 0.5, Math.max(1, wide - 1), Math.max(1, share - 1));
      if (share < tall) seen.push(from, base - (tall - share), wide, tall - share);
      if (point.failed) {
        const low = Math.max(2, Math.round((tall * point.failed) / count));
        failures.push(from, base - low, wide, low);
      }
      const isOnly = labelled !== "all" && labelled === point;
      const text = isOnly ? count.toLocaleString("en") : shortCount(count);
      const half = widthOf(text) / 2 + 2;
      const middle = from + wide / 2;
      const isCut = middle < half || middle > width - half;
      // The number of a mark that is cut at the edge would be moved onto its neighbour's.
      if (isOnly || (labelled === "all" && !isCut)) {
        texts.push({
          type: "text",
          style: {
            x: Math.max(half, Math.min(middle, width - half)),
            y: base - tall - 2,
            text,
            align: "center",
            verticalAlign: "bottom",
            fill: palette.textQuiet,
            font: `11px ${palette.font}`,
          },
        } as Child);
      }
    }
    const fill = palette.colour(colour);
    return [
      columns(seen, { fill }),
      columns(failures, { fill: palette.colour("--bad") }),
      columns(
        reconstructed,
        wideEnough(step) ? { fill: palette.hatch(colour), stroke: fill, lineWidth: 1 } : { fill: palette.faded(colour) },
      ),
      ...texts,
    ];
  }

  /** Below some pixels a hatch is mere noise; then a paler fill stands for it. */
  function wideEnough(step: Step): boolean {
    return pixels(daysOf(step), span, chart.getWidth()) >= 5;
  }

  function columns(shape: number[], style: object): Child {
    return { type: "spotColumns", shape: { columns: shape }, style, silent: true } as unknown as Child;
  }

  const mergedPoints = new WeakMap<readonly Point[], Partial<Record<Step, Point[]>>>();
  function merged(points: readonly Point[], least: Step, step: Step): readonly Point[] {
    if (step === least) return points;
    let known = mergedPoints.get(points);
    if (!known) {
      known = {};
      mergedPoints.set(points, known);
    }
    known[step] ??= coarser(points, step);
    return known[step];
  }

  /** An area below steps: within the lane from the lowest level that there ever was to the highest. */
  function levels({ levels: all, colour, format }: LevelLane, top: number, height: number): Child[] {
    const { low, high } = extentOf(all);
    const [roof, base] = [top + 6, top + height - 3];
    const y = (value: number): number => Math.round(base - ((value - low) / (high - low)) * (base - roof));
    const width = chart.getWidth();
    const areas: number[] = [];
    const reconstructed: number[] = [];
    const line: number[] = [];
    let before: { right: number; y: number } | undefined;
    for (const { start, end, value, backfilled } of all) {
      if (value === undefined) {
        before = undefined;
        continue;
      }
      if (end < span.start || start > span.end) continue;
      const left = Math.max(-2, Math.round(x(start)));
      const right = Math.min(width + 2, Math.round(x(end)));
      const at = y(value);
      (backfilled ? reconstructed : areas).push(left, at, Math.max(1, right - left), base - at);
      line.push(left, at, Math.max(1, right - left), 1.5);
      // The step from the level before.
      if (before && before.right >= left - 1 && before.y !== at)
        line.push(left, Math.min(before.y, at), 1.5, Math.abs(before.y - at) + 1.5);
      before = { right, y: at };
    }
    const children: Child[] = [
      columns(areas, { fill: palette.tint(colour) }),
      columns(reconstructed, { fill: palette.lightHatch(colour) }),
      columns(line, { fill: palette.colour(colour) }),
    ];
    const last = segmentAt(all, Math.min(span.end, drawing?.bounds.end ?? span.end) - 1);
    if (last?.value !== undefined) {
      children.push({
        type: "text",
        style: {
          x: width - 6,
          y: y(last.value) > top + height / 2 ? y(last.value) - 3 : y(last.value) + 15,
          text: format(last.value),
          align: "right",
          verticalAlign: "bottom",
          fill: palette.text,
          font: `11px ${palette.font}`,
        },
      } as Child);
    }
    return children;
  }

  function values(segments: readonly Segment[], top: number, height: number, colour: string): Child[] {
    const children: Child[] = [];
    const width = chart.getWidth();
    const fill = palette.colour(colour);
    for (const { start, end, text, backfilled } of segments) {
      if (end < span.start || start > span.end) continue;
      const left = Math.max(-2, Math.round(x(start)));
      const right = Math.min(width + 2, Math.round(x(end)));
      if (text === undefined) {
        children.push({
          type: "line",
          shape: { x1: left, y1: top + height / 2, x2: right, y2: top + height / 2 },
          style: { stroke: palette.unknown, lineWidth: 1, lineDash: [2, 3] },
        } as Child);
        continue;
      }
      const shape = { x: left + 0.5, y: top + 4.5, width: Math.max(1, right - left - 2), height: height - 9, r: 3 };
      children.push({ type: "rect", shape, style: { fill: palette.ground } } as Child);
      children.push({
        type: "rect",
        shape,
        style: { fill: backfilled ? palette.lightHatch(colour) : palette.tint(colour), stroke: palette.edge(colour), lineWidth: 1 },
      } as Child);
      // Where the value came into force.
      children.push({
        type: "rect",
        shape: { x: left, y: top + 4, width: 3, height: height - 8, r: [3, 0, 0, 3] },
        style: { fill },
      } as Child);
      const from = Math.max(left, 0) + 9;
      if (right - from > 22) {
        children.push({
          type: "text",
          style: {
            x: from,
            y: top + height / 2 + 0.5,
            text,
            verticalAlign: "middle",
            width: right - from - 6,
            overflow: "truncate",
            ellipsis: "…",
            fill: palette.text,
            font: `12px ${palette.font}`,
          },
        } as Child);
      }
    }
    return children;
  }

  /** Everything that there is, below the handles that say which part of it is shown. */
  function overview(): Drawn {
    if (!drawing) return group([]);
    const { bounds, all } = drawing;
    const width = chart.getWidth() - 2 * EDGE;
    const days = (bounds.end - bounds.start) / DAY_MS;
    const step = stepFor((days * 520) / Math.max(200, width));
    const points = merged(all, "DAY", step);
    const base = chart.getHeight() - 5;
    const highest = highestOf(points);
    const shape: number[] = [];
    for (const { day, count } of points) {
      const left = ((msOf(day) - bounds.start) / (bounds.end - bounds.start)) * width;
      const right = ((msOf(stepEnd(day, step)) + DAY_MS - bounds.start) / (bounds.end - bounds.start)) * width;
      const tall = heightOf(count, highest) * (OVERVIEW - 14);
      shape.push(EDGE + Math.max(0, left), base - tall, Math.max(1, right - left - 0.5), tall);
    }
    return group([columns(shape, { fill: palette.lineField })]);
  }

  function option(): Option {
    const { bounds, sizes, lanes } = drawing ?? { bounds: span, sizes: { view: 0 }, lanes: [] };
    const hidden = { type: "value" as const, show: false, min: bounds.start, max: bounds.end };
    const flat = { type: "value" as const, show: false, min: 0, max: 1 };
    return {
      animation: false,
      grid: [
        { id: "lanes", left: 0, right: 0, top: AXIS, height: sizes.view },
        { id: "overview", left: 0, right: 0, bottom: 0, height: OVERVIEW },
      ],
      xAxis: [
        { ...hidden, gridIndex: 0 },
        { ...hidden, gridIndex: 1 },
      ],
      yAxis: [
        { ...flat, gridIndex: 0 },
        { ...flat, gridIndex: 1 },
      ],
      dataZoom: [
        {
          id: "inside",
          type: "inside",
          xAxisIndex: 0,
          filterMode: "none",
          startValue: span.start,
          endValue: span.end,
          minValueSpan: SHORTEST_DAYS * DAY_MS,
          zoomOnMouseWheel: true,
          moveOnMouseMove: isPanning,
          moveOnMouseWheel: false,
          throttle: 0,
        },
        {
          id: "slider",
          type: "slider",
          xAxisIndex: 0,
          filterMode: "none",
          startValue: span.start,
          endValue: span.end,
          minValueSpan: SHORTEST_DAYS * DAY_MS,
          left: EDGE,
          right: EDGE,
          bottom: 4,
          height: OVERVIEW - 10,
          showDetail: false,
          showDataShadow: false,
          brushSelect: false,
          throttle: 0,
          backgroundColor: "transparent",
          borderColor: palette.line,
          borderRadius: 3,
          fillerColor: palette.filler,
          moveHandleSize: 0,
          handleIcon: "path://M-4,0 L4,0 L4,28 L-4,28 Z",
          handleSize: "100%",
          handleStyle: { color: palette.ground, borderColor: palette.accent, borderWidth: 1.5, shadowBlur: 0 },
          emphasis: { handleStyle: { color: palette.accent, borderColor: palette.accent, borderWidth: 1.5, shadowBlur: 0 } },
        },
      ],
      series: [
        { id: "frame", type: "custom", silent: true, z: 1, clip: false, renderItem: renderFrame, data: [[bounds.start, 0]] },
        {
          id: "lanes",
          type: "custom",
          silent: true,
          z: 3,
          clip: true,
          renderItem: renderLane,
          data: lanes.map((_, place) => [bounds.start, 0, place]),
        },
        {
          id: "overview",
          type: "custom",
          silent: true,
          z: 1,
          xAxisIndex: 1,
          yAxisIndex: 1,
          renderItem: renderOverview,
          data: [[bounds.start, 0]],
        },
      ],
    };
  }

  return {
    draw(next, shown) {
      drawing = next;
      span = shown;
      chart.setOption(option(), { replaceMerge: ["series"] });
    },
    show(shown) {
      span = shown;
      chart.dispatchAction({ type: "dataZoom", dataZoomIndex: 0, startValue: shown.start, endValue: shown.end });
    },
    resize: () => chart.resize(),
    recolour() {
      palette.remove();
      palette = newPalette(element);
      chart.setOption(option());
    },
    setPanning(next) {
      isPanning = next;
      chart.setOption({ dataZoom: [{ id: "inside", moveOnMouseMove: next }] });
    },
    dispose: () => chart.dispose(),
  };
}

function daysOf(step: Step): number {
  return step === "DAY" ? 1 : step === "WEEK" ? 7 : 30;
}

/** The coarser of two steps: what was counted by week cannot be shown by day. */
function coarsest(one: Step, other: Step): Step {
  const order: Step[] = ["DAY", "WEEK", "MONTH"];
  return order.indexOf(one) > order.indexOf(other) ? one : other;
}

interface Pattern {
  image: HTMLCanvasElement;
  repeat: "repeat";
  scaleX: number;
  scaleY: number;
}

/** The page's own colours and type, as they are under the theme in force. */
function newPalette(element: HTMLElement) {
  const probe = document.createElement("span");
  probe.hidden = true;
  element.append(probe);
  const cache = new Map<string, string>();
  const colour = (name: string): string => {
    let found = cache.get(name);
    if (found === undefined) {
      // `light-dark()` is resolved only in a property that takes a colour.
      probe.style.color = `var(${name})`;
      found = getComputedStyle(probe).color;
      cache.set(name, found);
    }
    return found;
  };
  const mixed = (name: string, share: number): string => {
    const [red = "0", green = "0", blue = "0"] = colour(name).match(/[\d.]+/g) ?? [];
    return `rgba(${red}, ${green}, ${blue}, ${share})`;
  };
  const patterns = new Map<string, Pattern>();
  const pattern = (key: string, line: string, ground: string, size: number, width: number): Pattern => {
    let found = patterns.get(key);
    if (!found) {
      const ratio = window.devicePixelRatio || 1;
      const image = document.createElement("canvas");
      image.width = Math.round(size * ratio);
      image.height = image.width;
      const context = image.getContext("2d");
      if (context) {
        const edge = image.width;
        context.fillStyle = ground;
        context.fillRect(0, 0, edge, edge);
        context.strokeStyle = line;
        context.lineWidth = width * ratio;
        context.beginPath();
        for (const shift of [-edge, 0, edge]) {
          context.moveTo(shift - 1, edge + 1);
          context.lineTo(shift + edge + 1, -1);
        }
        context.stroke();
      }
      found = { image, repeat: "repeat", scaleX: 1 / ratio, scaleY: 1 / ratio };
      patterns.set(key, found);
    }
    return found;
  };
  const palette = {
    ground: colour("--ground"),
    text: colour("--text"),
    textQuiet: colour("--text-quiet"),
    line: colour("--line"),
    lineStrong: colour("--line-strong"),
    lineField: mixed("--line-field", 0.55),
    unknown: colour("--unknown"),
    accent: colour("--accent"),
    filler: mixed("--accent", 0.13),
    font: getComputedStyle(element).fontFamily,
    colour,
    faded: (name: string) => mixed(name, 0.6),
    tint: (name: string) => mixed(name, 0.16),
    edge: (name: string) => mixed(name, 0.4),
    hatch: (name: string) => pattern(`hatch ${name}`, mixed(name, 0.75), mixed(name, 0.14), 5, 1.3),
    lightHatch: (name: string) => pattern(`light ${name}`, mixed(name, 0.16), mixed(name, 0.07), 7, 1.2),
  };
  return { ...palette, remove: () => probe.remove() };
}
