/** Differences for tests. */
import { KINDS, nameOf, parseRef } from "../../lib/entity";
import type { Difference } from "./groups";

interface Sample {
  entity: string;
  field?: string;
  key?: string;
  before?: unknown;
  after?: unknown;
  owner?: string;
  at?: string;
}

/** A difference of a field of an entity. */
export function difference({ entity, field = "general.type", key, before = "a", after = "b", owner, at }: Sample): Difference {
  return {
    at: at ?? "2026-03-01T08:00:00Z",
    kind: before === null ? "ADDED" : after === null ? "REMOVED" : "CHANGED",
    facet: field.startsWith("dependencies.") ? "DEPENDENCIES" : "GENERAL",
    field,
    key: key ?? null,
    before,
    after,
    isChange: true,
    layer: "OBSERVED",
    entity: {
      id: entity,
      ref: entity,
      kind: KINDS[parseRef(entity)?.kind ?? "service"].kind,
      name: nameOf(entity),
      title: null,
      owner: owner ? { ref: owner, title: null } : null,
    },
    saidBy: null,
  };
}

/** An entity that came. */
export function appeared(entity: string): Difference {
  return difference({ entity, field: "general.ref", before: null, after: entity });
}

/** An entity that went. */
export function ended(entity: string): Difference {
  return difference({ entity, field: "general.ref", before: entity, after: null });
}

/** A package that moved from one version to another. */
export function step(entity: string, name: string, from: string, to: string, indirect = false): Difference {
  const use = (version: string): unknown => ({ direct: !indirect, scope: "runtime", versions: [version] });
  const key = `package-lock.json#${name}`;
  return difference({ entity, field: `dependencies.packages[${key}]`, key, before: use(from), after: use(to) });
}
