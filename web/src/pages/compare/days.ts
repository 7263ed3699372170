/** The two days of a comparison: what the address says, whether it makes sense, and what people type. */
import { addDays, addMonths, type Day, dayOfMoment, isDay, isMoment } from "../../lib/moment";

/** What is known of time: today, the first day of any record, the organisation's zone. */
export interface Known {
  today: Day;
  first: Day | undefined;
  zone: string;
}

/** Which of the two days is meant. */
export type Side = "from" | "to";

/** Why two days cannot be compared. */
export type Trouble =
  | { what: "malformed"; side: Side; text: string }
  | { what: "future"; side: Side; day: Day }
  | { what: "unrecorded" }
  | { what: "backwards" }
  | { what: "same" };

/** The two moments as the API takes them, the days they fall on, and what is wrong with them. */
export interface Pair {
  from: string;
  to: string;
  fromDay: Day;
  toDay: Day;
  trouble: Trouble | undefined;
  /** The first moment lies before the first record: what was there already then shows as appeared. */
  isOpen: boolean;
}

/** The two days of an address. Without any it is the last week. */
export function pairOf(asked: { from?: string | undefined; to?: string | undefined }, { today, first, zone }: Known): Pair {
  const to = asked.to !== undefined && isMoment(asked.to) ? asked.to : today;
  const toDay = dayOfMoment(to, zone);
  const weekBefore = addDays(toDay, -7);
  const usual = first !== undefined && weekBefore < first && first < toDay ? first : weekBefore;
  const from = asked.from !== undefined && isMoment(asked.from) ? asked.from : usual;
  const fromDay = dayOfMoment(from, zone);
  const pair = { from, to, fromDay, toDay, isOpen: first !== undefined && fromDay < first };
  return { ...pair, trouble: troubleOf(asked, pair, today, first) };
}

function troubleOf(
  asked: { from?: string | undefined; to?: string | undefined },
  { from, to, fromDay, toDay }: Pick<Pair, "from" | "to" | "fromDay" | "toDay">,
  today: Day,
  first: Day | undefined,
): Trouble | undefined {
  for (const side of ["from", "to"] as const) {
    const text = asked[side];
    if (text !== undefined && !isMoment(text)) return { what: "malformed", side, text };
  }
  if (fromDay > today) return { what: "future", side: "from", day: fromDay };
  if (toDay > today) return { what: "future", side: "to", day: toDay };
  if (isAfter(from, to, fromDay, toDay)) return { what: "backwards" };
  if (from === to) return { what: "same" };
  if (first !== undefined && toDay < first) return { what: "unrecorded" };
  return undefined;
}

/** Whether the first moment is the later one. A day means its end. */
function isAfter(from: string, to: string, fromDay: Day, toDay: Day): boolean {
  if (fromDay !== toDay) return fromDay > toDay;
  if (isDay(to)) return false;
  return isDay(from) || Date.parse(from) > Date.parse(to);
}

/** How far back people look most, from today. */
export function presets(today: Day): { name: string; from: Day }[] {
  return [
    { name: "yesterday", from: addDays(today, -1) },
    { name: "last week", from: addDays(today, -7) },
    { name: "last month", from: addMonths(today, -1) },
    { name: "last quarter", from: addMonths(today, -3) },
    { name: "last year", from: addMonths(today, -12) },
  ];
}

const MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/** The day that a person typed: `2026-03-03`, `3 March 2026`, `3 Mar`, `yesterday`, `90d`, `2w`, `6m`, `1y`. */
export function readDay(text: string, today: Day): Day | undefined {
  const typed = text
    .trim()
    .toLowerCase()
    .replace(/\s+ago$/, "");
  if (isDay(typed)) return typed;
  if (typed === "today" || typed === "now") return today;
  if (typed === "yesterday") return addDays(today, -1);
  const back = /^-?\s*(\d{1,4})\s*(d|days?|w|weeks?|m|months?|y|years?)$/.exec(typed);
  if (back) {
    const count = Number(back[1]);
    const unit = back[2]?.charAt(0);
    if (unit === "d") return addDays(today, -count);
    if (unit === "w") return addDays(today, -7 * count);
    return addMonths(today, unit === "m" ? -count : -12 * count);
  }
  const named = /^(\d{1,2})\.?\s+([a-z]{3,9})\.?(?:,?\s+(\d{4}))?$/.exec(typed);
  if (!named) return undefined;
  const month = MONTHS.findIndex((name) => named[2]?.startsWith(name)) + 1;
  if (month === 0) return undefined;
  const of = (year: string | number): Day => `${year}-${String(month).padStart(2, "0")}-${(named[1] ?? "").padStart(2, "0")}`;
  const year = Number(today.slice(0, 4));
  const day = named[3] ? of(named[3]) : of(year) > today ? of(year - 1) : of(year);
  return isDay(day) ? day : undefined;
}

/** The refs in the address; a comma inside a name does not part them. */
export function refsOf(text: string | undefined): string[] {
  return (text ?? "").split(/,(?=[a-z]+:)/).filter((ref) => ref !== "");
}
