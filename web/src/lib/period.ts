/** Periods as the board has them: a day, an ISO week, a month, a quarter, or any days. Pure: the day is an argument. */
import { addDays, addMonths, type Day, daysBetween, isDay, shortDay } from "./moment";

/** What sort of stretch a period is. */
export type PeriodKind = "day" | "week" | "month" | "quarter" | "range";

/** A stretch of days; both ends belong to it. */
export interface Period {
  kind: PeriodKind;
  first: Day;
  last: Day;
  /** As addresses and the API have it: `2026-W46`, `2026-11`, `2026-Q4`, `2026-10-01..2026-10-15`, `2026-11-18`. */
  text: string;
}

/** Kinds that follow from a day alone. */
export type CalendarKind = Exclude<PeriodKind, "range">;

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const FULL_MONTHS = [
  "January",
  "February",
  "March",
  "April",
  "May",
  "June",
  "July",
  "August",
  "September",
  "October",
  "November",
  "December",
];

/** The period that a text names; nothing if it names none. */
export function readPeriod(text: string): Period | undefined {
  if (isDay(text)) return periodAt("day", text);
  const week = /^(\d{4})-W(\d{2})$/.exec(text);
  if (week) {
    // The fourth of January always lies in the first week.
    const found = periodAt("week", addDays(monday(`${week[1]}-01-04`), 7 * (Number(week[2]) - 1)));
    return found.text === text ? found : undefined;
  }
  if (/^\d{4}-\d{2}$/.test(text)) return isDay(`${text}-01`) ? periodAt("month", `${text}-01`) : undefined;
  const quarter = /^(\d{4})-Q([1-4])$/.exec(text);
  if (quarter) return periodAt("quarter", `${quarter[1]}-${two(Number(quarter[2]) * 3 - 2)}-01`);
  const [first = "", last = "", ...more] = text.split("..");
  return more.length === 0 && isDay(first) && isDay(last) && first <= last ? rangeOfDays(first, last) : undefined;
}

/** The period of a kind that a day lies in. */
export function periodAt(kind: CalendarKind, day: Day): Period {
  const year = Number(day.slice(0, 4));
  const month = Number(day.slice(5, 7));
  switch (kind) {
    case "day":
      return { kind, first: day, last: day, text: day };
    case "week": {
      const first = monday(day);
      // A week belongs to the year of its Thursday.
      const thursday = addDays(first, 3);
      const of = thursday.slice(0, 4);
      const number = Math.floor(daysBetween(`${of}-01-01`, thursday) / 7) + 1;
      return { kind, first, last: addDays(first, 6), text: `${of}-W${two(number)}` };
    }
    case "month": {
      const first = `${day.slice(0, 7)}-01`;
      return { kind, first, last: addDays(addMonths(first, 1), -1), text: day.slice(0, 7) };
    }
    case "quarter": {
      const number = Math.floor((month - 1) / 3) + 1;
      const first = `${day.slice(0, 4)}-${two(number * 3 - 2)}-01`;
      return { kind, first, last: addDays(addMonths(first, 3), -1), text: `${year}-Q${number}` };
    }
  }
}

/** Any days, both ends counted. */
export function rangeOfDays(first: Day, last: Day): Period {
  return { kind: "range", first, last, text: `${first}..${last}` };
}

/** The one before: of a range, as many days right before it. */
export function before({ kind, first, last }: Period): Period {
  if (kind !== "range") return periodAt(kind, addDays(first, -1));
  return rangeOfDays(addDays(first, -daysBetween(first, last) - 1), addDays(first, -1));
}

/** The one after. */
export function after({ kind, first, last }: Period): Period {
  if (kind !== "range") return periodAt(kind, addDays(last, 1));
  return rangeOfDays(addDays(last, 1), addDays(last, daysBetween(first, last) + 1));
}

/** The last one of a kind that was over before a day began. */
export function lastComplete(kind: CalendarKind, day: Day): Period {
  return before(periodAt(kind, day));
}

/** What the board shows if the address names no period: the last complete week before the day. */
export function usualPeriod(day: Day): Period {
  return lastComplete("week", day);
}

/**
 * The same stretch a year before; a week is the one 52 weeks before, so that its days of the week are the same. Of a
 * period that runs at the day, as many days as have begun.
 */
export function yearBefore(period: Period, day: Day): Period {
  const { kind, first, last } = period;
  if (day >= first && day < last) {
    const start = yearBefore(period, last).first;
    return rangeOfDays(start, addDays(start, daysBetween(first, day)));
  }
  if (kind === "week") return periodAt("week", addDays(first, -7 * 52));
  if (kind !== "range") return periodAt(kind, addMonths(first, -12));
  return rangeOfDays(addMonths(first, -12), addMonths(last, -12));
}

/** The days of so many periods in a row, of which this is the last one. */
export function stretchOf(period: Period, count: number): Period {
  let { first } = period;
  let earlier = period;
  for (let round = 1; round < count; round += 1) {
    earlier = before(earlier);
    first = earlier.first;
  }
  return rangeOfDays(first, period.last);
}

/** The period of another kind that shows the same time, and has begun by the day. */
export function asKind(kind: CalendarKind, { last }: Period, day: Day): Period {
  return periodAt(kind, last > day ? day : last);
}

/** `Week 46, 2026`, `November 2026`, `Q4 2026`, `1 – 15 Oct 2026`. */
export function periodTitle(period: Period): string {
  const { kind, first, last, text } = period;
  switch (kind) {
    case "day":
      return shortDay(first);
    case "week":
      return `Week ${Number(text.slice(6))}, ${text.slice(0, 4)}`;
    case "month":
      return `${FULL_MONTHS[Number(first.slice(5, 7)) - 1] ?? ""} ${first.slice(0, 4)}`;
    case "quarter":
      return `${text.slice(5)} ${text.slice(0, 4)}`;
    case "range":
      return spanText(first, last);
  }
}

/** `9 – 15 Nov 2026`, `28 Sep – 4 Oct 2026`, `28 Dec 2026 – 3 Jan 2027`. */
export function spanText(first: Day, last: Day): string {
  if (first === last) return shortDay(first);
  const day = (of: Day): string => `${Number(of.slice(8))}`;
  if (first.slice(0, 7) === last.slice(0, 7)) return `${day(first)} – ${shortDay(last)}`;
  if (first.slice(0, 4) === last.slice(0, 4)) return `${day(first)} ${monthOf(first)} – ${shortDay(last)}`;
  return `${shortDay(first)} – ${shortDay(last)}`;
}

/** What stands below a period on an axis: `W46`, `Nov`, `Q4`, `9 Nov`; the year where one begins. */
export function tickOf(kind: PeriodKind, first: Day): string {
  const year = first.slice(0, 4);
  if (kind === "week") return periodAt("week", first).text.slice(5);
  if (kind === "month") return first.slice(5, 7) === "01" ? year : monthOf(first);
  if (kind === "quarter") return first.slice(5, 7) === "01" ? year : periodAt("quarter", first).text.slice(5);
  return `${Number(first.slice(8))} ${monthOf(first)}`;
}

const PLURALS: Record<PeriodKind, string> = { day: "days", week: "weeks", month: "months", quarter: "quarters", range: "periods" };

/** `weeks`. */
export function periodsWord(kind: PeriodKind): string {
  return PLURALS[kind];
}

function monday(day: Day): Day {
  return addDays(day, -((new Date(`${day}T00:00:00Z`).getUTCDay() + 6) % 7));
}

function monthOf(day: Day): string {
  return MONTHS[Number(day.slice(5, 7)) - 1] ?? "";
}

function two(number: number): string {
  return String(number).padStart(2, "0");
}
