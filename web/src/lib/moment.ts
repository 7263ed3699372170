/**
 * Days and instants as the pages show them. Nothing here reads the clock: `now` and the zone are arguments.
 */

/** A calendar day of the organisation's zone: `2026-03-01`. */
export type Day = string;

const DAY_MS = 86_400_000;
const DAY = /^(\d{4})-(\d{2})-(\d{2})$/;
const INSTANT = /^\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}(:\d{2}(\.\d+)?)?([Zz]|[+-]\d{2}:\d{2})$/;

/** Whether the text names a day of the calendar. */
export function isDay(text: string): boolean {
  const parts = DAY.exec(text);
  if (!parts) return false;
  const date = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text);
}

/** Whether the text is a day or an RFC 3339 instant. */
export function isMoment(text: string): boolean {
  return isDay(text) || (INSTANT.test(text) && !Number.isNaN(Date.parse(text)));
}

/** The day so many days later, or earlier. */
export function addDays(day: Day, days: number): Day {
  return new Date(Date.parse(`${day}T00:00:00Z`) + days * DAY_MS).toISOString().slice(0, 10);
}

/** The same day of the month so many months later, or the last one of a shorter month. */
export function addMonths(day: Day, months: number): Day {
  const [year = 0, month = 1, date = 1] = day.split("-").map(Number);
  const first = new Date(Date.UTC(year, month - 1 + months, 1));
  const last = new Date(Date.UTC(first.getUTCFullYear(), first.getUTCMonth() + 1, 0)).getUTCDate();
  first.setUTCDate(Math.min(date, last));
  return first.toISOString().slice(0, 10);
}

/** The earlier of two days. */
export function earlier(one: Day, other: Day): Day {
  return [one, other].sort()[0] ?? one;
}

/** The later of two days. */
export function later(one: Day, other: Day): Day {
  return [one, other].sort()[1] ?? one;
}

/** How many days `to` lies after `from`. */
export function daysBetween(from: Day, to: Day): number {
  return Math.round((Date.parse(`${to}T00:00:00Z`) - Date.parse(`${from}T00:00:00Z`)) / DAY_MS);
}

/** The days from the first to the last. */
export function daysOf(from: Day, to: Day): Day[] {
  return Array.from({ length: Math.max(0, daysBetween(from, to) + 1) }, (_, place) => addDays(from, place));
}

/** The day of an instant in a zone. */
export function dayOf(instant: string, zone: string): Day {
  return formatter("en-CA", zone, { year: "numeric", month: "2-digit", day: "2-digit" }).format(new Date(instant));
}

/** The day that a moment, a day or an instant, falls on. */
export function dayOfMoment(moment: string, zone: string): Day {
  return isDay(moment) ? moment : dayOf(moment, zone);
}

/** `Tuesday, 3 March 2026`. */
export function longDay(day: Day): string {
  return dayFormat({ weekday: "long", day: "numeric", month: "long", year: "numeric" }, day);
}

/** `3 Mar 2026`. */
export function shortDay(day: Day): string {
  return dayFormat({ day: "numeric", month: "short", year: "numeric" }, day);
}

/** `Tue, 3 Mar 2026`. */
export function weekDay(day: Day): string {
  return dayFormat({ weekday: "short", day: "numeric", month: "short", year: "numeric" }, day);
}

/** `3 March 2026, 14:05:09 CET`: a whole instant, with its zone. */
export function absolute(instant: string, zone: string): string {
  const format = formatter("en-GB", zone, {
    day: "numeric",
    month: "long",
    year: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    timeZoneName: "short",
  });
  return format.format(new Date(instant)).replace(" at ", ", ");
}

/** `14:05`. */
export function clock(instant: string, zone: string): string {
  return formatter("en-GB", zone, { hour: "2-digit", minute: "2-digit" }).format(new Date(instant));
}

const STEPS: [number, string, string][] = [
  [365.25 * DAY_MS, "year", "years"],
  [30.44 * DAY_MS, "month", "months"],
  [DAY_MS, "day", "days"],
  [3_600_000, "h", "h"],
  [60_000, "min", "min"],
];

/** `3 h ago`, `261 days ago`, `in 5 min`, `just now`. Up to a year it counts in days, as people do when they compare. */
export function relative(instant: string, now: string): string {
  const difference = Date.parse(now) - Date.parse(instant);
  const size = Math.abs(difference);
  if (size < 60_000) return "just now";
  const step = STEPS.find(([length], place) => size >= length && place !== 1) ?? STEPS[STEPS.length - 1];
  if (!step) return "just now";
  const [length, one, many] = step;
  const count = Math.floor(size / length);
  const text = `${count.toLocaleString("en")} ${count === 1 ? one : many}`;
  return difference >= 0 ? `${text} ago` : `in ${text}`;
}

/** `today`, `yesterday`, `12 days ago`, `in 3 days`. */
export function relativeDay(day: Day, today: Day): string {
  const days = daysBetween(day, today);
  if (days === 0) return "today";
  if (days === 1) return "yesterday";
  return days > 0 ? `${days.toLocaleString("en")} days ago` : `in ${(-days).toLocaleString("en")} days`;
}

/** `1.2 s`, `3 min 20 s`. */
export function duration(seconds: number): string {
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole.toString()} s`;
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes.toString()} min ${(whole % 60).toString()} s`;
  return `${Math.floor(minutes / 60).toString()} h ${(minutes % 60).toString()} min`;
}

const formatters = new Map<string, Intl.DateTimeFormat>();

function formatter(locale: string, zone: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${locale} ${zone} ${JSON.stringify(options)}`;
  let found = formatters.get(key);
  if (!found) {
    found = new Intl.DateTimeFormat(locale, { ...options, timeZone: zone });
    formatters.set(key, found);
  }
  return found;
}

function dayFormat(options: Intl.DateTimeFormatOptions, day: Day): string {
  return formatter("en-GB", "UTC", options).format(new Date(`${day}T00:00:00Z`));
}
