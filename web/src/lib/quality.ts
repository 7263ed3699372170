/** What SonarQube measures, in words. Pure; colours and shapes are given elsewhere. */
import { percent } from "./text";

/** Metrics by their key, as one would say them. */
const METRICS: Record<string, { name: string; unit?: "percent" | "rating" | "minutes" }> = {
  coverage: { name: "coverage", unit: "percent" },
  line_coverage: { name: "line coverage", unit: "percent" },
  branch_coverage: { name: "branch coverage", unit: "percent" },
  duplicated_lines_density: { name: "duplication", unit: "percent" },
  security_hotspots_reviewed: { name: "reviewed security hotspots", unit: "percent" },
  bugs: { name: "bugs" },
  vulnerabilities: { name: "vulnerabilities" },
  code_smells: { name: "code smells" },
  security_hotspots: { name: "security hotspots" },
  violations: { name: "issues" },
  blocker_violations: { name: "blocking issues" },
  critical_violations: { name: "critical issues" },
  reliability_rating: { name: "reliability", unit: "rating" },
  security_rating: { name: "security", unit: "rating" },
  maintainability_rating: { name: "maintainability", unit: "rating" },
  sqale_rating: { name: "maintainability", unit: "rating" },
  security_review_rating: { name: "security review", unit: "rating" },
  software_quality_reliability_rating: { name: "reliability", unit: "rating" },
  software_quality_security_rating: { name: "security", unit: "rating" },
  software_quality_maintainability_rating: { name: "maintainability", unit: "rating" },
  software_quality_blocker_issues: { name: "blocking issues" },
  software_quality_high_issues: { name: "issues of high severity" },
  sqale_index: { name: "technical debt", unit: "minutes" },
  ncloc: { name: "lines of code" },
};

/** A condition of a gate that is not met, as the API and the stored facts have it. */
export interface Condition {
  metric: string;
  operator: string;
  threshold: string;
  actual?: string | null;
}

/** `Coverage on new code is 61.2 %, required at least 80 %`. */
export function conditionText({ metric, operator, threshold, actual }: Condition): string {
  const { name, unit } = metricOf(metric);
  const subject = name.charAt(0).toUpperCase() + name.slice(1);
  const are = unit !== "percent" && unit !== "rating" && name.replace(/ on new code$/, "").endsWith("s") ? "are" : "is";
  const is = actual === null || actual === undefined ? `${are} not known` : `${are} ${measureText(actual, unit)}`;
  return `${subject} ${is}, ${boundText(operator, threshold, unit)}`;
}

/** `coverage on new code 61.2 % (at least 80 %)`: for a line of changes. */
export function shortCondition({ metric, operator, threshold, actual }: Condition, digits?: number): string {
  const { name, unit } = metricOf(metric);
  const value = actual === null || actual === undefined ? "not known" : measureText(actual, unit, digits);
  return `${name} ${value} (${boundText(operator, threshold, unit).replace(/^(required|allowed) /, "")})`;
}

function boundText(operator: string, threshold: string, unit: Unit): string {
  const bound = measureText(threshold, unit);
  // A rating is worse the larger its number is.
  if (unit === "rating") return operator === ">" ? `required ${bound}${bound === "A" ? "" : " or better"}` : `required below ${bound}`;
  return operator === "<" ? `required at least ${bound}` : `allowed at most ${bound}`;
}

type Unit = "percent" | "rating" | "minutes" | undefined;

function metricOf(key: string): { name: string; unit: Unit } {
  const isNew = key.startsWith("new_");
  const bare = isNew ? key.slice(4) : key;
  const known = Object.hasOwn(METRICS, bare) ? METRICS[bare] : undefined;
  const name = known?.name ?? bare.replaceAll("_", " ");
  return { name: isNew ? `${name} on new code` : name, unit: known?.unit };
}

const LETTERS = ["A", "B", "C", "D", "E"];

function measureText(text: string, unit: Unit, digits?: number): string {
  const number = Number(text);
  if (text.trim() === "" || !Number.isFinite(number)) return text;
  if (unit === "percent") return `${trimmed(number, digits)} %`;
  if (unit === "rating") return LETTERS[Math.round(number) - 1] ?? text;
  if (unit === "minutes" && digits === undefined) return debtText(number);
  return trimmed(number, digits ?? 2) + (unit === "minutes" ? " min" : "");
}

function trimmed(number: number, digits = 1): string {
  return number.toLocaleString("en", { maximumFractionDigits: digits });
}

/** Minutes of work as days of eight hours, hours and minutes: `3 d 2 h`. */
export function debtText(minutes: number): string {
  const days = Math.floor(minutes / 480);
  const hours = Math.floor((minutes % 480) / 60);
  const parts = [days > 0 ? `${days.toLocaleString("en")} d` : "", hours > 0 && days < 10 ? `${hours} h` : ""].filter(Boolean);
  return parts.length > 0 ? parts.join(" ") : `${Math.round(minutes)} min`;
}

/** The value of a field of the facet in words, with so many digits if told; nothing if it needs no words of its own. */
export function qualityText(field: string, value: unknown, digits?: number): string | undefined {
  if (value === null || value === undefined) return undefined;
  if (/^(new)?(coverage|duplication)$/i.test(field) && typeof value === "number") return percent(value, digits);
  if (field === "debtMinutes" && typeof value === "number" && digits === undefined) return debtText(value);
  if (field === "debtMinutes" && typeof value === "number") return `${trimmed(value, digits)} min`;
  if (field !== "failedConditions" || !Array.isArray(value)) return undefined;
  const conditions = value.filter(isCondition);
  return conditions.length === 0 ? "none" : conditions.map((each) => shortCondition(each, digits)).join("; ");
}

function isCondition(value: unknown): value is Condition {
  const { metric, operator, threshold } = (value ?? {}) as Record<string, unknown>;
  return [metric, operator, threshold].every((text) => typeof text === "string");
}
