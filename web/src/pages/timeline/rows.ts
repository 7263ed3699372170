/** The list of changes as rows, all known before any is loaded: a head for each day, and as many rows as it has changes. */
import type { Day } from "../../lib/moment";
import type { Point } from "./lanes";
import type { Range } from "./range";

/** Some days in one, to be asked for together. The same days always make the same block, whatever range is looked at. */
export interface Block extends Range {
  count: number;
}

/** A day of the list. */
export interface DayRows {
  day: Day;
  count: number;
  backfilled: number;
  /** The place of its head among all rows. */
  start: number;
  /** The block that holds its changes, and how many of the block stand before it. */
  block: Block;
  before: number;
}

/** What stands in a row. */
export type Row = { kind: "head"; day: DayRows } | { kind: "change"; day: DayRows; place: number };

/** As many changes as one page of the API holds. */
export const PAGE = 250;

/** Days with changes, newest first, cut into blocks of about a page. */
export function blocksOf(days: readonly Point[]): Block[] {
  const blocks: Block[] = [];
  let open: Block | undefined;
  for (const { day, count } of [...days].reverse()) {
    if (open && open.count + count <= PAGE) {
      open.from = day;
      open.count += count;
    } else {
      open = { from: day, to: day, count };
      blocks.push(open);
    }
  }
  return blocks;
}

/** The days of a range that have changes, newest first, with their place in the list. */
export function dayRows(days: readonly Point[], blocks: readonly Block[], range: Range): DayRows[] {
  const rows: DayRows[] = [];
  let start = 0;
  let block = 0;
  let before = 0;
  for (const { day, count, backfilled } of [...days].reverse()) {
    while ((blocks[block]?.from ?? "") > day) {
      block += 1;
      before = 0;
    }
    const of = blocks[block];
    if (!of) break;
    if (day >= range.from && day <= range.to) {
      rows.push({ day, count, backfilled, start, block: of, before });
      start += count + 1;
    }
    before += count;
  }
  return rows;
}

/** How many rows a list has. */
export function rowCount(days: readonly DayRows[]): number {
  const last = days.at(-1);
  return last ? last.start + last.count + 1 : 0;
}

/** The day that a row belongs to, found by halves. */
export function dayOfRow(days: readonly DayRows[], row: number): DayRows | undefined {
  let [low, high] = [0, days.length - 1];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((days[middle]?.start ?? 0) <= row) low = middle;
    else high = middle - 1;
  }
  return days[low];
}

/** What stands in a row. */
export function rowAt(days: readonly DayRows[], row: number): Row | undefined {
  const day = dayOfRow(days, row);
  if (!day || row < day.start || row > day.start + day.count) return undefined;
  return row === day.start ? { kind: "head", day } : { kind: "change", day, place: row - day.start - 1 };
}

/** The row of the head of a day, or of the next older day that has changes. */
export function rowOfDay(days: readonly DayRows[], day: Day): number | undefined {
  return days.find((each) => each.day <= day)?.start;
}

/** Which page of its block a change is on, and where there. */
export function pageOf(day: DayRows, place: number): { page: number; place: number } {
  const inBlock = day.before + place;
  return { page: Math.floor(inBlock / PAGE), place: inBlock % PAGE };
}

/** A day that is chosen, or the days of a mark: `2026-03-02` or `2026-03-02..2026-03-08`. */
export function readDays(text: string | undefined, isDay: (text: string) => boolean): Range | undefined {
  if (text === undefined) return undefined;
  const [from = "", to = from] = text.split("..");
  return isDay(from) && isDay(to) && from <= to ? { from, to } : undefined;
}

/** The inverse of {@link readDays}. */
export function writeDays({ from, to }: Range): string {
  return from === to ? from : `${from}..${to}`;
}

/** The days next to a range in a list of days, for going from one to the other. */
export function neighbour(days: readonly Point[], of: Range, step: 1 | -1): Day | undefined {
  if (step === 1) return days.find(({ day, count }) => day > of.to && count > 0)?.day;
  return days.findLast(({ day, count }) => day < of.from && count > 0)?.day;
}
