/** The whole list as a file; pure but for what it is handed to load with. */
import { csv } from "../../lib/csv";
import type { CatalogColumn } from "./columns";
import type { List, Page, Row, Wanted } from "./lists";

/** Loads every row of a list, page after page. */
export async function allRows(
  load: List["load"],
  wanted: Wanted,
  size: number,
  signal: AbortSignal,
  onProgress: (done: number, total: number) => void,
): Promise<Row[]> {
  const rows: Row[] = [];
  let after: string | null = null;
  do {
    const page: Page = await load(wanted, after, size, signal);
    rows.push(...page.rows);
    onProgress(rows.length, page.total);
    after = page.next;
  } while (after !== null && !signal.aborted);
  signal.throwIfAborted();
  return rows;
}

/** The rows as CSV: the ref, then the columns that are shown. */
export function rowsAsCsv(rows: Row[], columns: CatalogColumn[]): string {
  return csv([["ref", ...columns.map(({ id }) => id)], ...rows.map((row) => [row.ref, ...columns.map(({ text }) => text(row))])]);
}

/** What a JSON file says about itself. */
export interface About {
  list: string;
  filter: string;
  /** The moment that the rows are about. */
  at: string;
}

/** The rows as JSON, with everything that was loaded, and what they are. */
export function rowsAsJson(rows: Row[], about: About): string {
  return `${JSON.stringify({ ...about, count: rows.length, rows }, null, 1)}\n`;
}

/** `services-2026-03-01.csv`. */
export function fileName(list: string, day: string, ending: "csv" | "json"): string {
  return `${list}-${day}.${ending}`;
}

/** Hands a text to the reader as a file. */
export function download(name: string, type: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  // The browser has begun to read by then.
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
