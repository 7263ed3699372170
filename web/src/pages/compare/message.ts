/** A comparison as text for a chat message. */
import { changeText, withoutKind } from "../../lib/change";
import { nameOf } from "../../lib/entity";
import { counted } from "../../lib/text";
import type { Difference, EntityGroup, TeamGroup } from "./groups";

/** What stands around the differences. */
export interface Frame {
  /** `3 Mar 2026`. */
  from: string;
  to: string;
  /** `everything`, `what billing owns`, `service:ledger`. */
  scope: string;
  /** How many there are in all, which may be more than the groups hold. */
  total: number;
  /** Where the same is shown. */
  link: string;
}

/** The most lines of differences in a message; more would be read by nobody. */
export const LINES = 40;
const LINES_OF_ENTITY = 6;

/** The differences by team and entity, at most {@link LINES} of them, with what was left out and where to see it. */
export function messageOf(groups: TeamGroup[], { from, to, scope, total, link }: Frame, limit = LINES): string {
  const lines = [`What changed from ${from} to ${to}, ${scope}: ${counted(total, "difference")}`];
  let printed = 0;
  let covered = 0;
  for (const group of groups) {
    if (printed >= limit) break;
    lines.push("", `${group.team ? nameOf(group.team) : "without an owner"} (${group.count})`);
    for (const entity of group.entities) {
      if (printed >= limit) break;
      const { length } = entity.differences;
      // One line more is no longer than the line that would stand for it.
      const room = Math.min(length <= LINES_OF_ENTITY + 1 ? length : LINES_OF_ENTITY, limit - printed);
      lines.push(...entityLines(entity, room));
      if (length > room) lines.push(`    and ${length - room} more`);
      printed += room;
      covered += length;
    }
  }
  if (covered < total) lines.push("", `and ${counted(total - covered, "more difference")}`);
  lines.push("", link);
  return lines.join("\n");
}

function entityLines({ ref, fate, differences }: EntityGroup, room: number): string[] {
  if (fate !== "changed" && differences.length === 1) return [`  ${ref}  ${fate}`];
  return [`  ${ref}`, ...differences.slice(0, room).map((difference) => `    ${lineOf(difference)}`)];
}

function lineOf(difference: Difference): string {
  const short = (value: unknown): unknown => {
    if (typeof value === "string") return withoutKind(oneLine(value));
    if (Array.isArray(value)) return value.map((inner) => (typeof inner === "string" ? withoutKind(inner) : inner));
    return value;
  };
  // A ref of the entity itself keeps its kind: the words before it do not say it.
  if (difference.field === "general.ref") return changeText(difference);
  return changeText({ ...difference, before: short(difference.before), after: short(difference.after) });
}

function oneLine(text: string): string {
  const line = text.replace(/\s+/g, " ").trim();
  return line.length > 120 ? `${line.slice(0, 119)}…` : line;
}
