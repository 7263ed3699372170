/** Facts in the order in which a reader needs them. */
import type { EntityFieldFragment, Facet } from "../../api/generated";
import { fieldName } from "../../lib/value";

/** A fact of an entity, with the name by which its history is asked for. */
export interface Fact {
  facet: Facet;
  /** `general.owner`, `dependencies.packages[Cargo.lock#cargo/serde]`. */
  path: string;
  /** `owner`, `packages`. */
  name: string;
  /** The entry of a field with entries. */
  key: string | undefined;
  value: unknown;
  saidBy: EntityFieldFragment["saidBy"];
  disagreements: EntityFieldFragment["disagreements"];
}

/** The facts of a facet: single ones, most telling first, and fields with entries. */
export interface Section {
  facet: Facet;
  single: Fact[];
  keyed: { name: string; entries: Fact[] }[];
  /** How many facts there are, each entry counted. */
  count: number;
}

interface FacetAnswer {
  facet: Facet;
  fields: EntityFieldFragment[];
}

/** The facets in the order in which they are read. */
export const FACETS: readonly Facet[] = [
  "GENERAL",
  "RELATIONS",
  "DEPENDENCIES",
  "PACKAGE",
  "QUALITY",
  "KUBERNETES",
  "CONFIGURATION",
  "DOCUMENTATION",
];

/** Fields that the header of the page shows. The first ones say most about what it is. */
export const IN_HEADER: readonly string[] = [
  "owner",
  "status",
  "lifecycle",
  "type",
  "system",
  "domain",
  "parent",
  "memberOf",
  "repository",
  "version",
  "visibility",
  "languages",
  "licence",
  "topics",
  "title",
  "description",
  "email",
  "links",
];

// What is not named follows by its name.
const TELLING = [...IN_HEADER, "path", "defaultBranch", "readme", "codeowners"];

/** A fact of a facet. */
export function factOf(facet: Facet, { field, value, saidBy, disagreements }: EntityFieldFragment): Fact {
  const bracket = field.indexOf("[");
  const isKeyed = bracket > 0 && field.endsWith("]");
  return {
    facet,
    path: `${facet.toLowerCase()}.${field}`,
    name: isKeyed ? field.slice(0, bracket) : field,
    key: isKeyed ? field.slice(bracket + 1, -1) : undefined,
    value,
    saidBy,
    // A source that says the same in other words is no disagreement, nor are two projects that measure different code.
    disagreements: facet === "QUALITY" ? [] : disagreements.filter((other) => !sameValue(other.value, value)),
  };
}

/** Facts by facet; facets without facts are left out. */
export function sectionsOf(facets: readonly FacetAnswer[]): Section[] {
  const sections: Section[] = [];
  for (const facet of FACETS) {
    const fields = facets.filter((answer) => answer.facet === facet).flatMap((answer) => answer.fields);
    if (fields.length === 0) continue;
    const facts = fields.map((field) => factOf(facet, field));
    const keyed = new Map<string, Fact[]>();
    const single: Fact[] = [];
    for (const fact of facts) {
      if (fact.key === undefined) single.push(fact);
      else keyed.set(fact.name, [...(keyed.get(fact.name) ?? []), fact]);
    }
    single.sort(byTelling);
    sections.push({
      facet,
      single,
      keyed: [...keyed].map(([name, entries]) => ({ name, entries: sortedEntries(name, entries) })),
      count: facts.length,
    });
  }
  return sections;
}

/** The fact of a facet by its field. */
export function findFact(facets: readonly FacetAnswer[], facet: Facet, field: string): Fact | undefined {
  const found = facets.find((answer) => answer.facet === facet)?.fields.find((candidate) => candidate.field === field);
  return found ? factOf(facet, found) : undefined;
}

/** All facts on which sources disagree. */
export function disputed(facets: readonly FacetAnswer[]): Fact[] {
  return facets.flatMap(({ facet, fields }) => fields.map((field) => factOf(facet, field))).filter((fact) => fact.disagreements.length > 0);
}

/** Whether two values say the same. */
export function sameValue(one: unknown, other: unknown): boolean {
  return canonical(one) === canonical(other);
}

/** What a fact is about, in words: `owner`, `annotation backstage.io/techdocs-ref`. */
export function factName({ name, key }: Pick<Fact, "name" | "key">): string {
  return key === undefined ? fieldName(name) : `${fieldName(name)} ${key}`;
}

/** Manifest, ecosystem and name of `checkout/package-lock.json#npm/express`. */
export function packageKey(key: string): { manifest: string; name: string } {
  const place = key.lastIndexOf("#");
  return place < 0 ? { manifest: "", name: key } : { manifest: key.slice(0, place), name: key.slice(place + 1) };
}

function byTelling(one: Fact, other: Fact): number {
  return rank(one.name) - rank(other.name) || one.name.localeCompare(other.name);
}

function rank(name: string): number {
  const place = TELLING.indexOf(name);
  return place < 0 ? TELLING.length : place;
}

function sortedEntries(name: string, entries: Fact[]): Fact[] {
  if (name !== "languageBytes") return entries;
  return [...entries].sort((one, other) => Number(other.value) - Number(one.value));
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) => {
    if (inner === null || typeof inner !== "object" || Array.isArray(inner)) return inner;
    return Object.fromEntries(Object.entries(inner).sort(([one], [other]) => (one < other ? -1 : 1)));
  });
}
