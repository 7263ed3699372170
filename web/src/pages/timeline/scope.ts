/** What a timeline is about, and which of it, as an address says it. */
import type { LaneBy } from "../../api/generated";
import { isRef } from "../../lib/entity";

/** Some entities, what a team owned, or everything. */
export type Scope = { kind: "entities"; refs: string[] } | { kind: "team"; ref: string } | { kind: "all" };

/** The keys of the address. */
export interface TimelineSearch {
  of?: string | undefined;
  team?: string | undefined;
  /** `off` if a team stands for itself alone. */
  owned?: string | undefined;
  facets?: string | undefined;
  from?: string | undefined;
  to?: string | undefined;
  lanes?: string | undefined;
  q?: string | undefined;
  day?: string | undefined;
  lane?: string | undefined;
}

/**
 * Reads what is to be shown. Names may hold commas: a part that is no ref belongs to the one before it. One team stands
 * for what it owned, unless the address says that it is meant alone.
 */
export function readScope({ of, team, owned }: TimelineSearch): Scope {
  if (of !== undefined) {
    const refs: string[] = [];
    for (const part of of.split(",")) {
      const last = refs.length - 1;
      if (refs.length === 0 || isRef(part)) refs.push(part);
      else refs[last] = `${refs[last]},${part}`;
    }
    const [only = ""] = refs;
    if (refs.every((ref) => ref === only) && only.startsWith("team:") && owned !== "off") return { kind: "team", ref: only };
    return { kind: "entities", refs: [...new Set(refs)] };
  }
  if (team !== undefined) return { kind: "team", ref: team.includes(":") ? team : `team:${team}` };
  return { kind: "all" };
}

/** The inverse of {@link readScope}. */
export function writeScope(scope: Scope): Record<"of" | "team" | "owned", string | undefined> {
  const isTeamAlone = scope.kind === "entities" && scope.refs.length === 1 && scope.refs[0]?.startsWith("team:");
  return {
    owned: isTeamAlone ? "off" : undefined,
    of: scope.kind === "entities" ? scope.refs.join(",") : undefined,
    team: scope.kind === "team" ? scope.ref : undefined,
  };
}

/** What lanes stand for: facets, unless several entities are compared or the address says so. */
export function readLanes(text: string | undefined, scope: Scope): LaneBy {
  if (text === "entity" || text === "facet") return text === "entity" ? "ENTITY" : "FACET";
  return scope.kind === "entities" && scope.refs.length > 1 ? "ENTITY" : "FACET";
}
