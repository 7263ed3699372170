/** Lanes as they are drawn and read: counts of changes by day, and values of a field from change to change. */
import type { EventKind, Facet, LaneBy } from "../../api/generated";
import { nameOf, parseRef } from "../../lib/entity";
import { clock, type Day, dayOf } from "../../lib/moment";
import { colourOf, TOPICS, topicName } from "../../lib/topic";
import { valueText } from "../../lib/value";
import { DAY_MS, msOf, type Range, type Step, stepEnd, stepStart } from "./range";

/** The changes of a step, of a day mostly. */
export interface Point {
  day: Day;
  count: number;
  backfilled: number;
  /** How many of them failed, where that is known. */
  failed?: number;
}

/** How often something changed, day by day. */
export interface CountLane {
  kind: "counts";
  id: string;
  name: string;
  /** The entity that it stands for, if it is one, and of what kind it is where another lane has the same name. */
  entity: string | undefined;
  kindWord: string | undefined;
  /** The custom property that holds its colour. */
  colour: string;
  points: Point[];
  /** What its points stand for at least. */
  step: Step;
}

/** A value, from when to when. */
export interface Segment {
  start: number;
  end: number;
  /** What it was; nothing if it had no value then. */
  text: string | undefined;
  backfilled: boolean;
}

/** The values of a field, one after the other. */
export interface StepLane {
  kind: "values";
  id: string;
  name: string;
  colour: string;
  segments: Segment[];
}

/** A figure, from when to when. */
export interface Level {
  start: number;
  end: number;
  /** What it was; nothing if it was not known then. */
  value: number | undefined;
  backfilled: boolean;
}

/** A figure through time, as an area below a line of steps. */
export interface LevelLane {
  kind: "levels";
  id: string;
  name: string;
  colour: string;
  levels: Level[];
  /** What a value is in words. */
  format: (value: number) => string;
}

export type Lane = CountLane | StepLane | LevelLane;

/** A lane as the server counts it. */
export interface CountedLane {
  facet: Facet | null;
  event: EventKind | null;
  entity: { ref: string; name: string; kind: string | null } | null;
  points: Point[];
}

/** What the server counted, as lanes. */
export function countLanes(counted: readonly CountedLane[], step: Step): CountLane[] {
  const names = new Map<string, number>();
  for (const { entity } of counted) if (entity) names.set(entity.name, (names.get(entity.name) ?? 0) + 1);
  return counted.map(({ facet, event, entity, points }, place) => {
    const common = { kind: "counts" as const, points, step };
    const topic = facet ?? event;
    if (topic) return { ...common, id: topic, name: topicName(topic), entity: undefined, kindWord: undefined, colour: colourOf(topic) };
    if (!entity)
      return { ...common, id: `gone ${place}`, name: "not known any more", entity: undefined, kindWord: undefined, colour: "--accent" };
    const isShared = (names.get(entity.name) ?? 0) > 1;
    const kindWord = isShared ? parseRef(entity.ref)?.kind : undefined;
    return { ...common, id: entity.ref, name: nameOf(entity.ref), entity: entity.ref, kindWord, colour: "--accent" };
  });
}

/** What of a change or an event decides in which lane and on which day it counts. */
export type Countable = {
  at: string;
  entity: { ref: string; name: string; kind: string | null } | null;
} & ({ facet: Facet; layer: "BACKFILLED" | "OBSERVED" } | { eventKind: EventKind });

/** Counts changes and events as the server does: for those that a text leaves over, which the server cannot know. */
export function laneCounts(changes: readonly Countable[], by: LaneBy, zone: string): CountedLane[] {
  const lanes = new Map<string, { lane: CountedLane; days: Map<Day, Point> }>();
  for (const change of changes) {
    const { at, entity } = change;
    const [facet, event] = "eventKind" in change ? [null, change.eventKind] : [change.facet, null];
    const key = by === "FACET" ? (facet ?? event) : (entity?.ref ?? "");
    let found = lanes.get(key);
    if (!found) {
      const lane = by === "FACET" ? { facet, event, entity: null, points: [] } : { facet: null, event: null, entity, points: [] };
      found = { lane, days: new Map() };
      lanes.set(key, found);
    }
    const day = dayOf(at, zone);
    const point = found.days.get(day) ?? { day, count: 0, backfilled: 0 };
    point.count += 1;
    if ("layer" in change && change.layer === "BACKFILLED") point.backfilled += 1;
    found.days.set(day, point);
  }
  const counted = [...lanes.values()].map(({ lane, days }) => ({
    ...lane,
    points: [...days.values()].sort((one, other) => (one.day < other.day ? -1 : 1)),
  }));
  if (by === "FACET") {
    const place = ({ facet, event }: CountedLane): number => TOPICS.indexOf(facet ?? event ?? "PACKAGE");
    return counted.sort((one, other) => place(one) - place(other));
  }
  return counted.sort(
    (one, other) => sum(other.points) - sum(one.points) || (one.entity?.name ?? "").localeCompare(other.entity?.name ?? ""),
  );
}

/** What failed, as far as it is known: the newest, and whether there are older ones. */
export interface Failures {
  nodes: readonly { at: string; kind: EventKind }[];
  hasMore: boolean;
}

/**
 * Lanes with how much of each day failed. Of days of which not all failures are known nothing is said: half of them would
 * look like a better day.
 */
export function withFailures(lanes: readonly CountLane[], { nodes, hasMore }: Failures, zone: string): CountLane[] {
  const oldest = nodes.at(-1);
  const knownAfter = hasMore && oldest ? dayOf(oldest.at, zone) : "";
  const days = new Map<string, number>();
  for (const { at, kind } of nodes) {
    const day = dayOf(at, zone);
    if (day > knownAfter) days.set(`${kind} ${day}`, (days.get(`${kind} ${day}`) ?? 0) + 1);
  }
  if (days.size === 0) return [...lanes];
  return lanes.map((lane) => {
    if (lane.id !== "DEPLOYMENT" && lane.id !== "ROLLOUT") return lane;
    const points = lane.points.map((point) => {
      const failed = days.get(`${lane.id} ${point.day}`);
      return failed === undefined ? point : { ...point, failed: Math.min(failed, point.count) };
    });
    return { ...lane, points };
  });
}

/** Points of days added up to weeks or months. */
export function coarser(points: readonly Point[], step: Step): Point[] {
  if (step === "DAY") return [...points];
  const coarse: Point[] = [];
  for (const { day, count, backfilled, failed } of points) {
    const start = stepStart(day, step);
    const last = coarse.at(-1);
    if (last?.day === start) {
      last.count += count;
      last.backfilled += backfilled;
      if (failed) last.failed = (last.failed ?? 0) + failed;
    } else {
      coarse.push({ day: start, count, backfilled, ...(failed ? { failed } : {}) });
    }
  }
  return coarse;
}

/** All changes of points. */
export function sum(points: readonly Point[]): number {
  let total = 0;
  for (const { count } of points) total += count;
  return total;
}

/** The changes of a lane within a range; of a week that lies partly in it, all. */
export function totalIn({ points, step }: Pick<CountLane, "points" | "step">, { from, to }: Range): number {
  let total = 0;
  for (const { day, count } of points) if (day <= to && stepEnd(day, step) >= from) total += count;
  return total;
}

/** The changes of all lanes by day, oldest first. */
export function perDay(lanes: readonly { points: readonly Point[] }[]): Point[] {
  const days = new Map<Day, Point>();
  for (const { points } of lanes) {
    for (const { day, count, backfilled } of points) {
      const found = days.get(day);
      if (found) {
        found.count += count;
        found.backfilled += backfilled;
      } else {
        days.set(day, { day, count, backfilled });
      }
    }
  }
  return [...days.values()].sort((one, other) => (one.day < other.day ? -1 : 1));
}

/** A value that a field had from an instant on. */
export interface Stated {
  at: string;
  after: unknown;
  layer: "BACKFILLED" | "OBSERVED";
}

/** Where an instant stands on the axis: at its time of day in the organisation's zone. */
export function placeOf(instant: string, zone: string): number {
  const [hours = 0, minutes = 0] = clock(instant, zone).split(":").map(Number);
  return msOf(dayOf(instant, zone)) + (hours % 24) * 3_600_000 + minutes * 60_000;
}

/** The values of a field as segments up to `end`, neighbours that say the same made one. */
export function segmentsOf(history: readonly Stated[], zone: string, end: number): Segment[] {
  const segments: Segment[] = [];
  for (const { at, after, layer } of history) {
    const start = placeOf(at, zone);
    const last = segments.at(-1);
    const text = after === null || after === undefined ? undefined : plain(after);
    if (last && last.text === text) continue;
    if (last) last.end = start;
    segments.push({ start, end, text, backfilled: layer === "BACKFILLED" });
  }
  // Of several values within a minute only the last one was ever to be seen.
  return segments.filter(({ start, end: until, text }, place) => until > start && (text !== undefined || place > 0));
}

/** The values of a figure as levels up to `end`. What is no number is not known. */
export function levelsOf(history: readonly Stated[], zone: string, end: number): Level[] {
  const levels: Level[] = [];
  for (const { at, after, layer } of history) {
    const start = placeOf(at, zone);
    const last = levels.at(-1);
    const value = typeof after === "number" ? after : undefined;
    if (last && last.value === value) continue;
    if (last) last.end = start;
    levels.push({ start, end, value, backfilled: layer === "BACKFILLED" });
  }
  return levels.filter(({ start, end: until, value }, place) => until > start && (value !== undefined || place > 0));
}

/** The lowest and the highest of some levels, a little apart even if there is but one. */
export function extentOf(levels: readonly Level[]): { low: number; high: number } {
  const values = levels.flatMap(({ value }) => value ?? []);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  if (values.length === 0) return { low: 0, high: 1 };
  const room = Math.max((high - low) * 0.15, Math.abs(high) * 0.01, 1e-6);
  return { low: low - room, high: high + room };
}

/** The value at a place, or that there is none. */
export function segmentAt<Each extends { start: number; end: number }>(segments: readonly Each[], ms: number): Each | undefined {
  return segments.find(({ start, end }) => start <= ms && ms < end);
}

function plain(value: unknown): string {
  if (Array.isArray(value)) return value.map(plain).join(", ");
  if (typeof value === "string") return parseRef(value) ? nameOf(value) : value;
  return valueText(value);
}

/** The changes of a lane in the step that a day lies in. */
export function pointAt(points: readonly Point[], day: Day, step: Step): Point | undefined {
  const start = stepStart(day, step);
  // Points are few and in order; a search by halves would pay from some thousands on.
  return points.find((point) => point.day === start);
}

/** How high the column of a count stands, as a share of the highest: roots keep one change visible beside a thousand. */
export function heightOf(count: number, highest: number): number {
  if (count <= 0) return 0;
  return Math.max(0.14, Math.sqrt(count / Math.max(1, highest)));
}

/** The most changes of a mark. */
export function highestOf(points: readonly Point[]): number {
  return points.reduce((most, { count }) => Math.max(most, count), 1);
}

/**
 * The marks that say their number: all of them, if each has room within so many pixels with some space beside it; else
 * the highest alone, which tells the scale. Numbers on some marks only would say nothing of the others.
 */
export function labelledOf(points: readonly Point[], width: number): "all" | Point | undefined {
  const hasRoom = points.every(({ count }) => widthOf(shortCount(count)) + 7 <= width);
  const highest = highestOf(points);
  return hasRoom ? "all" : points.find(({ count }) => count === highest);
}

/** About the pixels of a number on a mark. */
export function widthOf(text: string): number {
  return text.length * 6.4;
}

/** `1.2k` for 1,234: as much as a mark can hold. */
export function shortCount(count: number): string {
  if (count < 1000) return count.toString();
  return count < 10_000 ? `${(Math.floor(count / 100) / 10).toString()}k` : `${Math.floor(count / 1000).toString()}k`;
}

/** The pixels that a stretch of time takes. */
export function pixels(days: number, span: { start: number; end: number }, width: number): number {
  return (days * DAY_MS * width) / Math.max(1, span.end - span.start);
}
