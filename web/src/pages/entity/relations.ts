/** Relations in words, both ways. */
import type { EntityRelationFragment } from "../../api/generated";

/** From which end a relation is seen. */
export type Direction = "uses" | "usedBy";

const WORDS: Record<string, Record<Direction, string>> = {
  dependsOn: { uses: "Depends on", usedBy: "Depended on by" },
  providesApis: { uses: "Provides", usedBy: "Provided by" },
  calls: { uses: "Calls", usedBy: "Called by" },
  runsIn: { uses: "Runs in", usedBy: "Runs" },
  uses: { uses: "Uses", usedBy: "Used by" },
  publishes: { uses: "Publishes", usedBy: "Published by" },
  consumesApis: { uses: "Consumes", usedBy: "Consumed by" },
};

/** `Depends on`, `Provided by`: a relation as seen from one end. */
export function relationWords(relation: string, direction: Direction): string {
  return WORDS[relation]?.[direction] ?? (direction === "uses" ? relation : `${relation} of`);
}

/** Relations by what they are, in the order in which the words are known. */
export function byRelation(relations: readonly EntityRelationFragment[]): { relation: string; relations: EntityRelationFragment[] }[] {
  const names = [...new Set([...Object.keys(WORDS), ...relations.map(({ relation }) => relation)])];
  return names
    .map((name) => ({ relation: name, relations: relations.filter(({ relation }) => relation === name) }))
    .filter(({ relations: some }) => some.length > 0);
}
