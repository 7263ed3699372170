/** The lists of the catalog: what each is called, which questions bring its rows, and what can be done with them. */
import { ask, type Question } from "../../api/client";
import {
  CatalogApis,
  CatalogApisValues,
  CatalogDomains,
  CatalogDomainsValues,
  type CatalogHealthFragment,
  type CatalogNamedFragment,
  CatalogPackages,
  CatalogPackagesValues,
  type CatalogPartsFragment,
  CatalogPeople,
  CatalogRepositories,
  CatalogRepositoriesValues,
  CatalogResources,
  CatalogResourcesValues,
  CatalogServices,
  CatalogServicesValues,
  CatalogSystems,
  CatalogSystemsValues,
  CatalogTeams,
  CatalogTeamsValues,
  type EntityFilter,
  type EntityOrder,
  type Gate,
  type Severity,
} from "../../api/generated";
import type { FilterKey } from "../../lib/filter";
import type { Sorting } from "../../ui/Table";

/** The name of a list, as it stands in its address. */
export type ListName = "services" | "repositories" | "teams" | "people" | "systems" | "domains" | "apis" | "resources" | "packages";

/** Another entity, as a row names it. */
export type Named = CatalogNamedFragment;

/** What a list shows of an entity; what its kind does not have is not there. */
export interface Row extends CatalogPartsFragment {
  languages?: string[];
  version?: string | null;
  system?: Named | null;
  domain?: Named | null;
  repository?: Named | null;
  parent?: Named | null;
  teams?: Named[];
  members?: number;
  services?: number;
  repositories?: number;
  systems?: number;
  apis?: number;
  resources?: number;
  visibility?: string | null;
  licence?: string | null;
  lastCommit?: string | null;
  email?: string | null;
  ecosystem?: string | null;
  users?: number;
  /** What was measured; null if nothing ever was. */
  quality?: { gate: Gate | null; coverage: number | null; stale: boolean } | null;
  /** How old its packages are; of a package, how old its uses are. */
  outdated?: CatalogHealthFragment | null;
  /** How many packages that it uses, directly or not, have a published weakness. */
  vulnerable?: number | null | undefined;
  latest?: string | null;
  latestPublishedAt?: string | null;
  internal?: boolean | null;
  registry?: string | null;
  /** Of a package: why it should not be used any more. */
  deprecated?: string | null;
  uses?: number;
  versionsInUse?: { version: string | null; count: number }[];
  advisories?: { id: string; severity: Severity | null }[];
}

/** What rows are asked for with. */
export interface Wanted {
  filter: EntityFilter;
  orderBy: EntityOrder;
  at: string | null;
}

/** Some rows, and how to go on. */
export interface Page {
  total: number;
  hint: string | null;
  rows: Row[];
  /** Behind the last row; null if it is the last of all. */
  next: string | null;
}

/** A list of the catalog. */
export interface List {
  name: ListName;
  title: string;
  one: string;
  many: string;
  /** The most rows on a page: 500, and fewer where rows bring lists of their own. */
  page: number;
  /** Where its entities come from: what to do if there are none. */
  from: string;
  /** What it can be filtered by, the most telling first. */
  keys: FilterKey[];
  /** The columns to begin with. */
  columns: string[];
  /** The order to begin with; by name, if it has none of its own. */
  sorting?: Sorting;
  /** What its rows can be grouped by. */
  groups: GroupName[];
  load: (wanted: Wanted, after: string | null, first: number, signal?: AbortSignal) => Promise<Page>;
  /** Counts the rows that a filter keeps by their values, the most frequent first. */
  values?: (filter: EntityFilter, at: string | null, signal?: AbortSignal) => Promise<Values>;
}

/** Values of rows, by what they are values of, each with how many rows have it. */
export type Values = Partial<Record<FilterKey, Counted[]>>;

/** A value and how many rows have it; with the entity, if it names one. Null counts the rows without a value. */
export interface Counted {
  value: string | null;
  count: number;
  entity: { ref: string; title: string | null } | null;
}

/** What rows can be grouped by. */
export type GroupName = "owner" | "status" | "type" | "lifecycle";

type Variables = {
  filter?: EntityFilter | null | undefined;
  orderBy?: EntityOrder | null | undefined;
  after?: string | null | undefined;
  first: number;
  at?: string | null | undefined;
};

interface Answer<Node> {
  list: { totalCount: number; hint: string | null; pageInfo: { hasNextPage: boolean; endCursor: string | null }; nodes: Node[] };
}

/** How to load the rows of a question. What a node has that a row has too is taken as it is. */
function loading<Node extends CatalogPartsFragment>(question: Question<Answer<Node>, Variables>, toRow: (node: Node) => Row): List["load"] {
  return async (wanted, after, first, signal) => {
    const { list } = await ask(question, { ...wanted, after, first }, signal);
    const { totalCount, hint, pageInfo, nodes } = list;
    return { total: totalCount, hint, rows: nodes.map(toRow), next: pageInfo.hasNextPage ? pageInfo.endCursor : null };
  };
}

/** How to count the rows of a question by their values. */
function counting<Found extends Values>(
  question: Question<
    { list: Found & { totalCount: number } },
    { filter?: EntityFilter | null | undefined; at?: string | null | undefined }
  >,
): NonNullable<List["values"]> {
  return async (filter, at, signal) => {
    const { list } = await ask(question, { filter, at }, signal);
    const { totalCount: _, ...values } = list;
    return values as Values;
  };
}

const COMMON: FilterKey[] = ["state", "facts", "changed"];
const HEALTH: FilterKey[] = ["gate", "coverage", "outdated", "vulnerable", "deprecated", "endoflife"];

/** Every list, in the order of the navigation. */
export const LISTS: List[] = [
  {
    name: "services",
    title: "Services",
    one: "service",
    many: "services",
    page: 500,
    from: "A service is described by a catalog-info.yaml, or found by a Dockerfile, a deployment or a mention.",
    keys: ["owner", "status", "type", "lifecycle", "language", "system", "topic", "repository", "domain", ...HEALTH, ...COMMON],
    columns: [
      "name",
      "owner",
      "type",
      "status",
      "gate",
      "coverage",
      "outdated",
      "vulnerable",
      "system",
      "repository",
      "production",
      "pods",
      "changed",
    ],
    groups: ["owner", "status", "type", "lifecycle"],
    values: counting(CatalogServicesValues),
    load: loading(CatalogServices, ({ withTransitive, ...node }) => ({ ...node, vulnerable: withTransitive?.vulnerable })),
  },
  {
    name: "repositories",
    title: "Repositories",
    one: "repository",
    many: "repositories",
    page: 500,
    from: "Repositories come from folders of clones and from git forges.",
    keys: ["owner", "language", "status", "type", "lifecycle", "topic", ...HEALTH, ...COMMON],
    columns: ["name", "owner", "languages", "gate", "coverage", "outdated", "vulnerable", "services", "version", "commit", "changed"],
    groups: ["owner", "status"],
    values: counting(CatalogRepositoriesValues),
    load: loading(CatalogRepositories, ({ services, lastCommit, withTransitive, ...node }) => ({
      ...node,
      vulnerable: withTransitive?.vulnerable,
      services: services.length,
      lastCommit: lastCommit?.at ?? null,
    })),
  },
  {
    name: "teams",
    title: "Teams",
    one: "team",
    many: "teams",
    page: 200,
    from: "Teams come from descriptors, CODEOWNERS and the permissions of a forge.",
    keys: ["parent", "type", "topic", ...COMMON],
    columns: ["name", "type", "parent", "members", "services", "repositories", "changed"],
    groups: ["type"],
    values: counting(CatalogTeamsValues),
    load: loading(CatalogTeams, ({ members, ownedServices, ownedRepositories, ...node }) => ({
      ...node,
      members: members.length,
      services: ownedServices.totalCount,
      repositories: ownedRepositories.totalCount,
    })),
  },
  {
    name: "people",
    title: "People",
    one: "person",
    many: "people",
    page: 200,
    from: "People come from descriptors and from the members that a forge names.",
    keys: ["member", ...COMMON],
    columns: ["name", "teams", "services", "email", "changed"],
    groups: [],
    load: loading(CatalogPeople, ({ memberOf, ownedServices, ...node }) => ({
      ...node,
      teams: memberOf,
      services: ownedServices.totalCount,
    })),
  },
  {
    name: "systems",
    title: "Systems",
    one: "system",
    many: "systems",
    page: 200,
    from: "Systems are described by a catalog-info.yaml of kind System, or mentioned by their parts.",
    keys: ["owner", "domain", "type", "topic", ...COMMON],
    columns: ["name", "owner", "domain", "services", "apis", "resources", "changed"],
    groups: ["owner"],
    values: counting(CatalogSystemsValues),
    load: loading(CatalogSystems, ({ services, apis, resources, ...node }) => ({
      ...node,
      services: services.length,
      apis: apis.length,
      resources: resources.length,
    })),
  },
  {
    name: "domains",
    title: "Domains",
    one: "domain",
    many: "domains",
    page: 200,
    from: "Domains are described by a catalog-info.yaml of kind Domain, or mentioned by their systems.",
    keys: ["owner", "parent", "type", "topic", ...COMMON],
    columns: ["name", "owner", "parent", "systems", "changed"],
    groups: ["owner"],
    values: counting(CatalogDomainsValues),
    load: loading(CatalogDomains, ({ systems, ...node }) => ({ ...node, systems: systems.length })),
  },
  {
    name: "apis",
    title: "APIs",
    one: "API",
    many: "APIs",
    page: 200,
    from: "APIs are described by a catalog-info.yaml of kind API, or mentioned by who provides or consumes them.",
    keys: ["owner", "type", "lifecycle", "status", "system", "domain", "topic", "repository", ...COMMON],
    columns: ["name", "owner", "type", "lifecycle", "system", "repository", "users", "changed"],
    groups: ["owner", "type", "lifecycle", "status"],
    values: counting(CatalogApisValues),
    load: loading(CatalogApis, ({ usedBy, ...node }) => ({ ...node, users: usedBy.length })),
  },
  {
    name: "resources",
    title: "Resources",
    one: "resource",
    many: "resources",
    page: 200,
    from: "Resources, such as databases and buckets, are described by a catalog-info.yaml of kind Resource, or mentioned by who needs them.",
    keys: ["owner", "type", "lifecycle", "status", "system", "domain", "topic", "repository", ...COMMON],
    columns: ["name", "owner", "type", "system", "repository", "users", "changed"],
    groups: ["owner", "type", "lifecycle"],
    values: counting(CatalogResourcesValues),
    load: loading(CatalogResources, ({ usedBy, ...node }) => ({ ...node, users: usedBy.length })),
  },
  {
    name: "packages",
    title: "Packages",
    one: "package",
    many: "packages",
    page: 200,
    from: "Packages come from manifests and lockfiles in repositories.",
    keys: ["ecosystem", "usedby", "outdated", "vulnerable", "deprecated", "endoflife", "internal", "facts", "changed"],
    sorting: { column: "uses", descending: true },
    columns: ["name", "ecosystem", "uses", "inuse", "latest", "published", "outdated", "libyears", "weaknesses", "changed"],
    groups: [],
    values: counting(CatalogPackagesValues),
    load: loading(CatalogPackages, ({ usesCount, usersCount, ...node }) => ({ ...node, uses: usesCount, users: usersCount })),
  },
];

/** The list at an address; services, if it names none. */
export function listAt(pathname: string): List {
  const name = pathname.split("/")[1];
  const [services] = LISTS;
  const found = LISTS.find((list) => list.name === name) ?? services;
  if (!found) throw new Error("there are no lists");
  return found;
}
