/** Ranges of days, and spans of them while they are moved and zoomed. Pure: today and the bounds are arguments. */
import { addDays, addMonths, type Day, daysBetween, earlier, isDay, shortDay } from "../../lib/moment";

/** The first and the last day of a range; both belong to it. */
export interface Range {
  from: Day;
  to: Day;
}

/** A stretch of the axis, in milliseconds; a day stands at its midnight in UTC, whatever the organisation's zone is. */
export interface Span {
  start: number;
  end: number;
}

/** How many days one mark stands for. */
export type Step = "DAY" | "WEEK" | "MONTH";

export const DAY_MS = 86_400_000;

/** Below it nobody can zoom. */
export const SHORTEST_DAYS = 3;

/** Where a day begins on the axis. */
export function msOf(day: Day): number {
  return Date.parse(`${day}T00:00:00Z`);
}

/** The day that a place on the axis lies in. */
export function dayAt(ms: number): Day {
  return new Date(Math.floor(ms / DAY_MS) * DAY_MS).toISOString().slice(0, 10);
}

/** The whole of a range's days. */
export function spanOf({ from, to }: Range): Span {
  return { start: msOf(from), end: msOf(to) + DAY_MS };
}

/** The days that a span covers, to the nearest day at both ends. */
export function rangeOf({ start, end }: Span): Range {
  const from = Math.round(start / DAY_MS);
  const to = Math.max(from, Math.round(end / DAY_MS) - 1);
  return { from: dayAt(from * DAY_MS), to: dayAt(to * DAY_MS) };
}

/** How many days a range has. */
export function lengthOf({ from, to }: Range): number {
  return daysBetween(from, to) + 1;
}

/** The span inside the bounds: moved where it stands out, cut where it is longer than they are. */
export function within(span: Span, bounds: Span): Span {
  const length = Math.min(span.end - span.start, bounds.end - bounds.start);
  const start = Math.max(bounds.start, Math.min(span.start, bounds.end - length));
  return { start, end: start + length };
}

/** The span `factor` times as long, with the place `anchor` where it was. */
export function zoomed(span: Span, factor: number, anchor: number, bounds: Span): Span {
  const old = span.end - span.start;
  const length = Math.max(SHORTEST_DAYS * DAY_MS, Math.min(old * factor, bounds.end - bounds.start));
  const share = old > 0 ? (anchor - span.start) / old : 0.5;
  const start = anchor - length * Math.max(0, Math.min(1, share));
  return within({ start, end: start + length }, bounds);
}

/** The span so much later, or earlier. */
export function moved(span: Span, by: number, bounds: Span): Span {
  return within({ start: span.start + by, end: span.end + by }, bounds);
}

/** The days of a range that lie inside the bounds; never fewer than can be shown. */
export function clamped({ from, to }: Range, bounds: Range): Range {
  const last = earlier(to, bounds.to);
  const first = earlier(from > bounds.from ? from : bounds.from, addDays(last, 1 - SHORTEST_DAYS));
  return rangeOf(within(spanOf({ from: first, to: last }), spanOf(bounds)));
}

/** Days up to so many get a mark each; beyond, a week or a month does, so that a lane never holds more than it can show. */
const DAYS_AT_MOST = 200;
const WEEKS_AT_MOST = 7 * 260;

/** What one mark stands for in a range of so many days. */
export function stepFor(days: number): Step {
  if (days <= DAYS_AT_MOST) return "DAY";
  return days <= WEEKS_AT_MOST ? "WEEK" : "MONTH";
}

/** The first day of the step that a day lies in: a week begins on Monday. */
export function stepStart(day: Day, step: Step): Day {
  if (step === "DAY") return day;
  if (step === "MONTH") return `${day.slice(0, 8)}01`;
  return addDays(day, -((new Date(msOf(day)).getUTCDay() + 6) % 7));
}

/** The last day of the step that begins with a day. */
export function stepEnd(start: Day, step: Step): Day {
  if (step === "DAY") return start;
  return step === "WEEK" ? addDays(start, 6) : addDays(addMonths(start, 1), -1);
}

/** A range that many ask for. */
export interface Preset {
  id: string;
  name: string;
}

export const PRESETS: readonly Preset[] = [
  { id: "week", name: "1 week" },
  { id: "month", name: "1 month" },
  { id: "quarter", name: "3 months" },
  { id: "year", name: "1 year" },
  { id: "all", name: "All" },
];

/** The days of a preset that ends with a day. */
export function presetRange(id: string, end: Day, bounds: Range): Range {
  const from = { week: addDays(end, -6), month: addDays(addMonths(end, -1), 1), quarter: addDays(addMonths(end, -3), 1) }[id];
  if (id === "all") return { from: bounds.from, to: end };
  return { from: from ?? addDays(addMonths(end, -12), 1), to: end };
}

/** The preset that a range is, if it is one; of two that are the same days, the shorter word. */
export function presetOf(range: Range, end: Day, bounds: Range): string | undefined {
  return PRESETS.find(({ id }) => {
    const preset = clamped(presetRange(id, end, bounds), bounds);
    return preset.from === range.from && preset.to === range.to;
  })?.id;
}

/** Everything that can be shown: from the first record to today, and never so little that an axis makes no sense. */
export function boundsOf(first: Day | undefined, today: Day): Range {
  const least = addDays(today, -13);
  return { from: first === undefined ? least : earlier(first, least), to: today };
}

/** What an address asks for. */
export interface Asked {
  range: Range;
  /** What is wrong with it, in a sentence; then the range is the usual one. */
  problem: string | undefined;
}

/** The range in an address. Without `to` it ends with the day that is looked at, without `from` it is a year. */
export function readRange(search: { from?: string | undefined; to?: string | undefined }, day: Day, bounds: Range): Asked {
  const usual = clamped(presetRange("year", day, bounds), bounds);
  const wrong = [search.from, search.to].find((text) => text !== undefined && !isDay(text));
  if (wrong !== undefined) return { range: usual, problem: `"${wrong.slice(0, 40)}" is no day; expected is one such as 2026-03-01.` };
  const to = search.to ?? day;
  const { from } = search;
  if (from === undefined) return { range: clamped(presetRange("year", to, bounds), bounds), problem: undefined };
  if (from > to) {
    // Without an end of its own the range follows the day that is looked at, which may lie before it.
    if (search.to === undefined) return { range: clamped(presetRange("month", day, bounds), bounds), problem: undefined };
    return { range: usual, problem: `${shortDay(from)}, the first day in the address, lies after ${shortDay(to)}, the last one.` };
  }
  return { range: clamped({ from, to }, bounds), problem: undefined };
}

/** How an address says a range: what is usual is left out, so that a link keeps following the day. */
export function writeRange(range: Range, day: Day, bounds: Range): { from: Day | undefined; to: Day | undefined } {
  const usual = clamped(presetRange("year", day, bounds), bounds);
  if (range.from === usual.from && range.to === usual.to) return { from: undefined, to: undefined };
  return { from: range.from, to: range.to === day ? undefined : range.to };
}

/** Counts are kept day by day up to so many days, so that zooming and the list need no further question. */
const KEPT_AT_MOST = 1500;

/** What to ask for around a range: everything if that is little, else three times the range in whole months. */
export function windowOf(range: Range, bounds: Range): Range {
  if (lengthOf(bounds) <= KEPT_AT_MOST) return bounds;
  const length = lengthOf(range);
  const from = stepStart(addDays(range.from, -length), "MONTH");
  const to = stepEnd(stepStart(addDays(range.to, length), "MONTH"), "MONTH");
  return { from: addDays(bounds.from, Math.max(0, daysBetween(bounds.from, from))), to: earlier(to, bounds.to) };
}

/** A tick of the axis. */
export interface Tick {
  ms: number;
  text: string;
  /** It begins something larger than its neighbours: a year among months, a month among days. */
  strong: boolean;
}

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const MONTH_STEPS = [1, 3, 6, 12, 24, 60, 120];
const DAY_STEPS = [1, 2, 7, 14];

/** The ticks of a span that is so many pixels wide, at places that people count by: Mondays, months, quarters, years. */
export function ticksOf(span: Span, width: number, room = 76): Tick[] {
  const days = (span.end - span.start) / DAY_MS;
  const most = Math.max(1, Math.floor(width / room));
  const everyDays = DAY_STEPS.find((step) => days / step <= most);
  if (everyDays !== undefined && days / most < 10) return dayTicks(span, everyDays);
  const everyMonths = MONTH_STEPS.find((step) => days / 30.44 / step <= most) ?? 240;
  const ticks: Tick[] = [];
  const first = new Date(span.start);
  let month = first.getUTCFullYear() * 12 + first.getUTCMonth();
  month -= month % everyMonths;
  for (; ; month += everyMonths) {
    const ms = Date.UTC(Math.floor(month / 12), month % 12, 1);
    if (ms >= span.end) return ticks;
    if (ms < span.start) continue;
    const year = Math.floor(month / 12).toString();
    const strong = month % 12 === 0;
    ticks.push({ ms, text: strong ? year : (MONTHS[month % 12] ?? ""), strong });
  }
}

function dayTicks(span: Span, every: number): Tick[] {
  const ticks: Tick[] = [];
  // Weeks are counted from a Monday: the first day of 1970 was a Thursday.
  const offset = every >= 7 ? 4 : 0;
  let day = Math.ceil(span.start / DAY_MS);
  day += (every - ((((day - offset) % every) + every) % every)) % every;
  for (; day * DAY_MS < span.end; day += every) {
    const date = new Date(day * DAY_MS);
    const [month, of] = [MONTHS[date.getUTCMonth()] ?? "", date.getUTCDate()];
    const previous = ticks.length === 0 ? undefined : new Date((day - every) * DAY_MS);
    const newMonth = previous?.getUTCMonth() !== date.getUTCMonth();
    const newYear = previous !== undefined && previous.getUTCFullYear() !== date.getUTCFullYear();
    const text = newYear ? `${of} ${month} ${date.getUTCFullYear()}` : newMonth ? `${of} ${month}` : `${of}`;
    ticks.push({ ms: day * DAY_MS, text, strong: newMonth && previous !== undefined });
  }
  return ticks;
}
