/** The matrix of versions: what a cell says, and which of it is worth a colour. Pure: the present is an argument. */
import type { DeployedQuery } from "../../api/generated";
import { dayOf } from "../../lib/moment";

/** A service with what stands where. */
export type DeployedRow = DeployedQuery["deployed"]["nodes"][number];

/** A version in one region of one environment. */
export type Standing = DeployedRow["versions"][number];

/** What is out of the ordinary about a cell, the most urgent first. */
export type Mark = "failed" | "coming" | "behind" | "rollback";

/** What is to be told of a cell beyond its version. */
export function marksOf({ attempt, attemptFailed, behindSince, rollback }: Standing): Mark[] {
  const marks: Mark[] = [];
  if (attempt) marks.push(attemptFailed ? "failed" : "coming");
  if (behindSince !== null) marks.push("behind");
  if (rollback) marks.push("rollback");
  return marks;
}

/** The version that a newer deployment was to bring. */
export function attemptVersion({ attempt }: Standing): string | undefined {
  return attempt?.deployment?.version ?? attempt?.rollout?.version ?? undefined;
}

/** What stands in the regions of an environment; of a region that is not told, under the empty text. */
export function inEnvironment({ versions }: DeployedRow, environment: string | undefined): Map<string, Standing> {
  return new Map(versions.filter((each) => each.environment === environment).map((each) => [each.region ?? "", each]));
}

/** The version that stands everywhere; nothing if regions differ, or nothing arrived. */
export function commonVersion(standings: Iterable<Standing>): string | undefined {
  const versions = new Set([...standings].map(({ version }) => version));
  const [only] = versions;
  return versions.size === 1 ? (only ?? undefined) : undefined;
}

/** `3 h`, `6 d`, `14 w`: an age that fits beside a version. */
export function ageText(since: string, now: string): string {
  const minutes = Math.max(0, Math.floor((Date.parse(now) - Date.parse(since)) / 60_000));
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return `${hours} h`;
  const days = Math.floor(hours / 24);
  return days < 100 ? `${days} d` : `${Math.floor(days / 7)} w`;
}

/** The cell that an address names: a service, and the region if it is one of several. */
export interface CellName {
  ref: string;
  region: string | undefined;
}

/** Reads `service:checkout@eu-central`, or `service:checkout` for all regions. */
export function readCell(text: string | undefined): CellName | undefined {
  if (!text) return undefined;
  const place = text.lastIndexOf("@");
  return place > 0 ? { ref: text.slice(0, place), region: text.slice(place + 1) } : { ref: text, region: undefined };
}

/** The inverse of {@link readCell}. */
export function writeCell({ ref, region }: CellName): string {
  return region === undefined ? ref : `${ref}@${region}`;
}

/** What the rows are put together by. */
export type Grouping = "owner" | "system" | undefined;

/** The grouping in an address; by owner, unless it says otherwise. */
export function readGrouping(text: string | undefined): Grouping {
  return text === "none" ? undefined : text === "system" ? "system" : "owner";
}

/** The head of a group. */
export interface GroupHead {
  group: string;
  ref: string | undefined;
  count: number;
}

/** A line of the matrix. */
export type MatrixLine = DeployedRow | GroupHead;

/** Whether a line is the head of a group. */
export function isHead(line: MatrixLine): line is GroupHead {
  return "group" in line;
}

/** Rows below the heads of their groups, groups by name and those without one last. */
export function grouped(rows: readonly DeployedRow[], by: Grouping): MatrixLine[] {
  if (by === undefined) return [...rows];
  const groups = new Map<string, { head: GroupHead; rows: DeployedRow[] }>();
  for (const row of rows) {
    const of = groupOf(row, by);
    const key = of?.ref ?? "";
    let found = groups.get(key);
    if (!found) {
      found = { head: { group: of ? (of.title ?? of.name) : `No ${by}`, ref: of?.ref, count: 0 }, rows: [] };
      groups.set(key, found);
    }
    found.head.count += 1;
    found.rows.push(row);
  }
  const sorted = [...groups.values()].sort(
    ({ head: one }, { head: other }) =>
      Number(one.ref === undefined) - Number(other.ref === undefined) || one.group.localeCompare(other.group),
  );
  return sorted.flatMap(({ head, rows: own }) => [head, ...own]);
}

function groupOf({ entity }: DeployedRow, by: "owner" | "system"): { ref: string; name: string; title: string | null } | null {
  if (!entity) return null;
  if (by === "owner") return entity.owner;
  return "system" in entity ? entity.system : null;
}

/** How many places went back to an earlier version on a day. */
export function rollbacksOn(rows: readonly DeployedRow[], environment: string | undefined, day: string, zone: string): number {
  const standings = rows.flatMap(({ versions }) => versions);
  return standings.filter(
    ({ rollback, since, environment: its }) =>
      rollback && since !== null && (environment === undefined || its === environment) && dayOf(since, zone) === day,
  ).length;
}
