/** Refs, kinds and the addresses of their pages. */
import type { Kind } from "../api/generated";

/** A kind as it stands in refs and addresses. */
export type KindWord =
  | "service"
  | "repository"
  | "team"
  | "person"
  | "system"
  | "domain"
  | "api"
  | "resource"
  | "package"
  | "cluster"
  | "workload"
  | "document";

/** Every kind, by the word of its refs. */
export const KINDS: Record<KindWord, { kind: Kind; one: string; many: string }> = {
  service: { kind: "SERVICE", one: "Service", many: "Services" },
  repository: { kind: "REPOSITORY", one: "Repository", many: "Repositories" },
  team: { kind: "TEAM", one: "Team", many: "Teams" },
  person: { kind: "PERSON", one: "Person", many: "People" },
  system: { kind: "SYSTEM", one: "System", many: "Systems" },
  domain: { kind: "DOMAIN", one: "Domain", many: "Domains" },
  api: { kind: "API", one: "API", many: "APIs" },
  resource: { kind: "RESOURCE", one: "Resource", many: "Resources" },
  package: { kind: "PACKAGE", one: "Package", many: "Packages" },
  cluster: { kind: "CLUSTER", one: "Cluster", many: "Clusters" },
  workload: { kind: "WORKLOAD", one: "Workload", many: "Workloads" },
  document: { kind: "DOCUMENT", one: "Document", many: "Documents" },
};

/** Whether the word is that of a kind. */
export function isKindWord(word: string): word is KindWord {
  return Object.hasOwn(KINDS, word);
}

/** `Service`, for a kind of the API. */
export function kindName(kind: Kind | null): string {
  const found = Object.values(KINDS).find((candidate) => candidate.kind === kind);
  return found?.one ?? "Entity";
}

/** Kind and name of a ref; nothing if it is none. */
export function parseRef(ref: string): { kind: KindWord; name: string } | undefined {
  const colon = ref.indexOf(":");
  const kind = ref.slice(0, colon);
  const name = ref.slice(colon + 1);
  return colon > 0 && name !== "" && isKindWord(kind) ? { kind, name } : undefined;
}

/** The name inside a ref; the text itself if it is none. */
export function nameOf(ref: string): string {
  return parseRef(ref)?.name ?? ref;
}

/** Whether a value looks like a ref to an entity. */
export function isRef(value: unknown): value is string {
  return typeof value === "string" && !/\s/.test(value) && parseRef(value) !== undefined;
}
