/** What differs between two days, put in the order in which people read it: by team, by entity, what came and went first. */
import type { CompareChangesQuery, Facet, Kind } from "../../api/generated";
import { type Described, inWords } from "../../lib/change";
import { isRef, nameOf } from "../../lib/entity";

/** One difference, as the API answers it. */
export type Difference = CompareChangesQuery["diff"]["nodes"][number];

/** What became of an entity. */
export type Fate = "appeared" | "ended" | "changed";

/** An entity with everything about it that differs. */
export interface EntityGroup {
  id: string;
  ref: string;
  name: string;
  kind: Kind | null;
  fate: Fate;
  differences: Difference[];
}

/** What a team owns and what of it differs; without a ref it is what nobody owns. */
export interface TeamGroup {
  team: string | undefined;
  entities: EntityGroup[];
  count: number;
  appeared: number;
  ended: number;
}

/** What the list keeps. */
export interface Kept {
  /** Words that all have to be met. */
  text: string;
  only: Fate | undefined;
  hidePatches: boolean;
  hideIndirect: boolean;
  /** Only these facets; all, if there is none. */
  facets: Facet[];
}

/** What a difference does to its entity. A new name is a change. */
export function fateOf({ field, before, after }: Pick<Difference, "field" | "before" | "after">): Fate {
  if (field !== "general.ref") return "changed";
  if (before === null) return "appeared";
  return after === null ? "ended" : "changed";
}

/** The differences that the reader wants to see. */
export function keep(all: Difference[], { text, only, hidePatches, hideIndirect, facets }: Kept): Difference[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  return all.filter((difference) => {
    if (facets.length > 0 && !facets.includes(difference.facet)) return false;
    if (only !== undefined && fateOf(difference) !== only) return false;
    if (hideIndirect && isIndirect(difference)) return false;
    if (!hidePatches && words.length === 0) return true;
    const said = inWords(difference);
    if (hidePatches && said.step === "patch") return false;
    return words.length === 0 || isAbout(difference, said, words);
  });
}

function isAbout(difference: Difference, { label, before, after }: Described, words: string[]): boolean {
  const { entity } = difference;
  const text = [entity?.ref, entity?.title, entity?.owner?.ref, label, before, after].join("\n").toLowerCase();
  return words.every((word) => text.includes(word));
}

/** A package that another package brought in. Where the file cannot tell it counts as declared. */
export function isIndirect({ facet, before, after }: Pick<Difference, "facet" | "before" | "after">): boolean {
  const value = after ?? before;
  return facet === "DEPENDENCIES" && typeof value === "object" && value !== null && "direct" in value && value.direct === false;
}

/** How many appeared, ended and changed. */
export function tally(all: Difference[]): Record<Fate, number> & { entities: number } {
  const found = { appeared: 0, ended: 0, changed: 0 };
  const entities = new Set<string>();
  for (const difference of all) {
    found[fateOf(difference)] += 1;
    entities.add(difference.entity?.id ?? difference.field);
  }
  return { ...found, entities: entities.size };
}

/** How many differences there are of each facet, in the order of the facets given. */
export function countFacets(all: Difference[]): Map<Facet, number> {
  const counts = new Map<Facet, number>();
  for (const { facet } of all) counts.set(facet, (counts.get(facet) ?? 0) + 1);
  return counts;
}

/**
 * Differences by team, then entity. Teams stand in order of name, what nobody owns at the end; of a team first what
 * appeared and ended, then what changed, each in the order in which it came. `owners` knows who owned an entity that
 * appeared at the second day, and one that ended at the first: the differences themselves do not tell.
 */
export function groupByTeam(all: Difference[], owners: ReadonlyMap<string, string | undefined> = new Map()): TeamGroup[] {
  const entities = new Map<string, EntityGroup>();
  for (const difference of all) {
    const { entity } = difference;
    const id = entity?.id ?? "unknown";
    let group = entities.get(id);
    if (!group) {
      const ref = entity?.ref ?? "unknown";
      group = { id, ref, name: entity?.name ?? nameOf(ref), kind: entity?.kind ?? null, fate: "changed", differences: [] };
      entities.set(id, group);
    }
    const fate = fateOf(difference);
    if (fate !== "changed") group.fate = fate;
    group.differences.push(difference);
  }
  const teams = new Map<string | undefined, TeamGroup>();
  for (const entity of entities.values()) {
    const team = teamOf(entity, owners);
    let group = teams.get(team);
    if (!group) {
      group = { team, entities: [], count: 0, appeared: 0, ended: 0 };
      teams.set(team, group);
    }
    group.entities.push(entity);
    group.count += entity.differences.length;
    if (entity.fate !== "changed") group[entity.fate] += 1;
  }
  const order: Record<Fate, number> = { appeared: 0, ended: 1, changed: 2 };
  for (const group of teams.values()) group.entities.sort((one, other) => order[one.fate] - order[other.fate]);
  return [...teams.values()].sort(byTeam);
}

/** What the team of a group calls itself, if a difference tells; else its name. */
export function teamName({ team, entities }: Pick<TeamGroup, "team" | "entities">): string {
  if (team === undefined) return "Without an owner";
  for (const { differences } of entities) {
    for (const { entity } of differences) {
      if (entity?.owner?.ref === team && entity.owner.title) return entity.owner.title;
      if (entity?.ref === team && entity.title) return entity.title;
    }
  }
  return nameOf(team);
}

function byTeam({ team: one }: TeamGroup, { team: other }: TeamGroup): number {
  if (one === undefined || other === undefined) return Number(one === undefined) - Number(other === undefined);
  return nameOf(one).localeCompare(nameOf(other), "en", { numeric: true });
}

/** The team of an entity on the second day. A team belongs to itself. */
function teamOf({ id, ref, kind, differences }: EntityGroup, owners: ReadonlyMap<string, string | undefined>): string | undefined {
  if (kind === "TEAM") return ref;
  if (owners.has(id)) return owners.get(id);
  const owner = differences.find(({ field }) => field === "general.owner");
  if (owner) return firstRef(owner.after);
  let newest: Difference | undefined;
  for (const difference of differences) {
    if (newest === undefined || Date.parse(difference.at) > Date.parse(newest.at)) newest = difference;
  }
  return newest?.entity?.owner?.ref;
}

function firstRef(value: unknown): string | undefined {
  const first: unknown = Array.isArray(value) ? value[0] : value;
  return isRef(first) ? first : undefined;
}

/** Entities whose team the differences do not tell: those that came or went. */
export function ownersToAsk(all: Difference[]): { id: string; fate: "appeared" | "ended" }[] {
  const asked: { id: string; fate: "appeared" | "ended" }[] = [];
  for (const difference of all) {
    const fate = fateOf(difference);
    if (fate !== "changed" && difference.entity && difference.entity.kind !== "TEAM") asked.push({ id: difference.entity.id, fate });
  }
  return asked;
}

/** A line of the list. */
export type Row =
  | { type: "team"; key: string; group: TeamGroup; isOpen: boolean }
  | { type: "difference"; key: string; entity: EntityGroup; difference: Difference; isFirst: boolean }
  | { type: "rest"; key: string; entity: EntityGroup; hidden: number };

/** Lines of an entity that are shown at once. */
export const LINES_SHOWN = 8;

/** The groups as lines, without what is folded: whole teams, and the tail of an entity with many differences. */
export function rowsOf(groups: TeamGroup[], isOpen: (group: TeamGroup) => boolean, isWhole: (entity: EntityGroup) => boolean): Row[] {
  const rows: Row[] = [];
  for (const group of groups) {
    const open = isOpen(group);
    rows.push({ type: "team", key: `team ${group.team ?? ""}`, group, isOpen: open });
    if (!open) continue;
    for (const entity of group.entities) {
      // One line more than is shown would only be replaced by the line that says so.
      const shown = isWhole(entity) || entity.differences.length <= LINES_SHOWN + 1 ? entity.differences.length : LINES_SHOWN;
      for (const [place, difference] of entity.differences.slice(0, shown).entries()) {
        rows.push({ type: "difference", key: `${entity.id} ${difference.field}`, entity, difference, isFirst: place === 0 });
      }
      const hidden = entity.differences.length - shown;
      if (hidden > 0) rows.push({ type: "rest", key: `${entity.id} rest`, entity, hidden });
    }
  }
  return rows;
}
