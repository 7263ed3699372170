/** Values of fields as text: what a source states is JSON of any shape. */
import { shortDay } from "./moment";
import { qualityText } from "./quality";
import { wordOf } from "./text";

/** Strings that are names of fields in the API, as people would say them. */
const LABELS: Record<string, string> = {
  ref: "exists",
  defaultBranch: "default branch",
  subcomponentOf: "part of",
  memberOf: "member of",
  dependsOn: "depends on",
  dependencyOf: "dependency of",
  providesApis: "provides",
  consumesApis: "consumes",
  lastCommit: "last commit",
  languageBytes: "language",
  codeowners: "CODEOWNERS",
  readme: "README",
  gate: "quality gate",
  failedConditions: "failed conditions",
  lines: "lines of code",
  debtMinutes: "technical debt",
  securityReview: "security review",
  analysedAt: "analysed",
  newCoverage: "coverage on new code",
  newDuplication: "duplication on new code",
  newLines: "new lines",
  newIssues: "issues on new code",
  newBugs: "bugs on new code",
  newVulnerabilities: "vulnerabilities on new code",
  newCodeSmells: "code smells on new code",
  newReliability: "reliability of new code",
  newSecurity: "security of new code",
  newMaintainability: "maintainability of new code",
  latest: "latest version",
  internal: "published by ourselves",
};

/** Fields with entries, by the word for one of them. */
const ENTRIES: Record<string, string> = { documents: "document", advisories: "advisory", cycles: "release cycle", versions: "version" };

/** A field without its key: `packages` of `dependencies.packages[Cargo.lock#cargo/serde]`. */
export function fieldName(field: string): string {
  const bare = field.replace(/^[a-z]+\./, "").replace(/\[.*\]$/s, "");
  return LABELS[bare] ?? bare.replace(/([a-z])([A-Z])/g, "$1 $2").toLowerCase();
}

/** What a field is about: `owner`, or for an entry `package cargo/serde in Cargo.lock`. */
export function fieldLabel(field: string, key: string | null | undefined): string {
  const name = fieldName(field);
  if (!key) return name;
  if (/(^|\.)packages(\[|$)/.test(field)) {
    const place = key.lastIndexOf("#");
    const manifest = key.slice(0, place);
    return place > 0 ? `${key.slice(place + 1)} in ${manifest}` : key;
  }
  const one = ENTRIES[field.replace(/^.*\./, "").replace(/\[.*\]$/s, "")];
  return `${one ?? name} ${key}`;
}

/** The value of a field in a line of text: with the unit that the field has, and as many digits as it needs or is told. */
export function fieldText(field: string, value: unknown, digits?: number): string {
  const [, facet, name] = /^([a-z]+)\.([A-Za-z]+)/.exec(field) ?? [];
  if (facet === "quality" && name) return qualityText(name, value, digits) ?? valueText(value, digits);
  if (facet === "package" && name && typeof value === "object" && value !== null)
    return packageText(name, value as Record<string, unknown>);
  return valueText(value, digits);
}

/** An entry of what a registry says of a package. */
function packageText(name: string, { severity, summary, endOfLife, at, deprecated, latest }: Record<string, unknown>): string {
  const day = (instant: unknown): string | undefined => (typeof instant === "string" ? shortDay(instant.slice(0, 10)) : undefined);
  const parts: unknown[] = [];
  if (name === "advisories") parts.push([severity, summary].filter((text) => typeof text === "string").join(": "));
  if (name === "cycles")
    parts.push(typeof latest === "string" ? `latest ${latest}` : "", day(endOfLife) ? `supported until ${day(endOfLife)}` : "");
  if (name === "versions")
    parts.push(day(at) ? `published on ${day(at)}` : "", typeof deprecated === "string" ? `deprecated: ${deprecated}` : "");
  return parts.filter(Boolean).join(", ") || "known";
}

/** A value in a line of text. */
export function valueText(value: unknown, digits = 3): string {
  if (value === null || value === undefined) return "none";
  if (typeof value === "string") return value;
  if (typeof value === "number") return value.toLocaleString("en", { maximumFractionDigits: digits });
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (Array.isArray(value)) return value.map((each) => valueText(each, digits)).join(", ");
  return objectText(value as Record<string, unknown>);
}

function objectText(value: Record<string, unknown>): string {
  const { versions, requirement, url, title, name } = value;
  if (Array.isArray(versions) && versions.length > 0) return versions.map((each) => valueText(each)).join(", ");
  if (typeof requirement === "string") return requirement;
  if (typeof title === "string") return title;
  if (typeof name === "string") return name;
  if (typeof url === "string") return url;
  return Object.entries(value)
    .map(([key, inner]) => `${fieldName(key)} ${valueText(inner)}`)
    .join(", ");
}

/** Who says something: the source, and of several of its kind which one. */
export function saidText({ source, origin }: { source: string; origin: string }): string {
  return source === origin ? source : `${source}, ${origin}`;
}

/** Only addresses that a person may safely follow. */
export function safeUrl(text: string | null | undefined): string | undefined {
  if (!text || !/^https?:\/\//i.test(text)) return undefined;
  try {
    const { protocol, href } = new URL(text);
    return protocol === "https:" || protocol === "http:" ? href : undefined;
  } catch {
    return undefined;
  }
}

/** `Passed` for `PASSED` and the like; other texts as they are. */
export function readable(text: string): string {
  return /^[A-Z_]+$/.test(text) ? wordOf(text) : text;
}
