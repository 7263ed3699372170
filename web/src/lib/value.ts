/** Values of fields as text: what a source states is JSON of any shape. */
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
};

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
  return /(^|\.)documents$/.test(field) ? `document ${key}` : `${name} ${key}`;
}

/** A value in a line of text. */
export function valueText(value: unknown): string {
  if (value === null || value === undefined) return "none";
  if (typeof value === "string") return value;
  if (typeof value === "number") return value.toLocaleString("en", { maximumFractionDigits: 3 });
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (Array.isArray(value)) return value.map(valueText).join(", ");
  return objectText(value as Record<string, unknown>);
}

function objectText(value: Record<string, unknown>): string {
  const { versions, requirement, url, title, name } = value;
  if (Array.isArray(versions) && versions.length > 0) return versions.map(valueText).join(", ");
  if (typeof requirement === "string") return requirement;
  if (typeof title === "string") return title;
  if (typeof name === "string") return name;
  if (typeof url === "string") return url;
  return Object.entries(value)
    .map(([key, inner]) => `${fieldName(key)} ${valueText(inner)}`)
    .join(", ");
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
