/** Rows under the heads of their groups; pure. */
import type { GroupName, Row } from "./lists";

/** The head of a group. */
export interface Head {
  group: GroupName;
  /** The value that the rows below share; null if they have none. */
  value: string | null;
  title: string;
  /** How many rows there are below; unknown until the server has counted. */
  count: number | undefined;
}

/** A line of the table: a row, or the head of a group. */
export type Line = Row | Head;

/** Whether the line is the head of a group. */
export function isHead(line: Line): line is Head {
  return "group" in line;
}

/** The value of a row that it is grouped by: of an owner the ref. */
export function groupValue(row: Row, group: GroupName): string | null {
  return group === "owner" ? (row.owner?.ref ?? null) : row[group];
}

/** The rows, in their order, with a head before each group. */
export function withHeads(rows: Row[], group: GroupName, counts: Map<string | null, number>): Line[] {
  const lines: Line[] = [];
  let last: string | null | undefined;
  for (const row of rows) {
    const value = groupValue(row, group);
    if (last === undefined || value !== last) {
      lines.push({ group, value, title: titleOf(row, group), count: counts.get(value) });
      last = value;
    }
    lines.push(row);
  }
  return lines;
}

function titleOf(row: Row, group: GroupName): string {
  if (group === "owner") return row.owner ? (row.owner.title ?? row.owner.name) : "No owner";
  return row[group] ?? `No ${group}`;
}
