/** What the address of the board says. */
import type { Metric, Priority } from "../../api/generated";
import { parseRef } from "../../lib/entity";
import { metricWord, readMetric } from "../../lib/figure";
import { filterText, type Term } from "../../lib/filter";
import type { Day } from "../../lib/moment";
import { type Period, readPeriod, usualPeriod } from "../../lib/period";

/** The keys of the address. */
export interface BoardSearch {
  /** A ref; without it the board is of the organisation. */
  of?: string | undefined;
  period?: string | undefined;
  /** `year` if figures are compared with the same period a year before. */
  compare?: string | undefined;
  movers?: string | undefined;
  /** The figure whose records are open. */
  figure?: string | undefined;
  /** Of which priority they are; `none` for those without one. */
  priority?: string | undefined;
  /** About which part of the product they are. */
  feature?: string | undefined;
  /** `soon` for those that will be past their SLA soon. */
  due?: string | undefined;
  /** `1` on a wall. */
  wall?: string | undefined;
}

/** The period in an address, or what is wrong with it; then the usual one is shown. */
export function readAsked(text: string | undefined, day: Day): { period: Period; problem: string | undefined } {
  const usual = usualPeriod(day);
  if (text === undefined) return { period: usual, problem: undefined };
  const period = readPeriod(text);
  if (period) return { period, problem: undefined };
  return {
    period: usual,
    problem: `"${text.slice(0, 40)}" is no period; expected is one such as 2026-W46, 2026-11, 2026-Q4, 2026-11-18 or 2026-10-01..2026-10-15.`,
  };
}

/** How an address says a period: the usual one is left out, so that a link keeps following the day. */
export function writePeriod(period: Period, day: Day): string | undefined {
  return period.text === usualPeriod(day).text ? undefined : period.text;
}

/** The ref in an address, as the API takes it: a bare word is a team. */
export function readOf(of: string | undefined): string | undefined {
  if (of === undefined) return undefined;
  return parseRef(of) ? of : of.includes(":") ? of : `team:${of}`;
}

/** The figures by which teams can be ranked. */
export const MOVING = ["STABILITY", "OPEN_BUGS", "BUGS_IN_BREACH", "CRITICAL_INCIDENTS"] as const satisfies Metric[];

/** The figure by which teams are ranked: open bugs, unless the address says otherwise. */
export function readMoving(text: string | undefined): (typeof MOVING)[number] {
  return readMetric(text, MOVING) ?? "OPEN_BUGS";
}

/** Figures that are made of records, which a click opens. */
export const RECORDED = [
  "STABILITY",
  "CRITICAL_INCIDENTS",
  "CRITICAL_INCIDENT_SECONDS",
  "CRITICAL_INCIDENT_MEDIAN_SECONDS",
  "ACKNOWLEDGE_MEDIAN_SECONDS",
  "INCIDENTS",
  "OPEN_BUGS",
  "BUGS_IN_BREACH",
  "NEWLY_IN_BREACH_BUGS",
  "LATE_RESOLVED_BUGS",
  "CREATED_BUGS",
  "RESOLVED_BUGS",
  "REOPENED_BUGS",
  "ENTERED_BUGS",
  "LEFT_BUGS",
  "SUPPORT_CASES",
  "DEPLOYMENTS",
  "DEPLOYMENTS_PER_DAY",
  "LEAD_TIME_SECONDS",
  "CHANGE_FAIL_RATE",
  "RECOVERY_SECONDS",
  "REWORK_RATE",
] as const satisfies Metric[];

/** The figure whose records are open, if there is one. */
export function readFigure(text: string | undefined): Metric | undefined {
  return readMetric(text, RECORDED);
}

/** Which of a figure's records are meant; all of them, if nothing is given. */
export interface Only {
  /** Null for those without one. */
  priority?: Priority | null | undefined;
  feature?: string | undefined;
  isDueSoon?: boolean | undefined;
}

/** What an address says when no records are open. */
export const CLOSED = { figure: undefined, priority: undefined, feature: undefined, due: undefined } as const satisfies BoardSearch;

const PRIORITIES = ["CRITICAL", "HIGH", "MEDIUM", "LOW"] as const satisfies Priority[];

/**
 * Which of a figure's records are open: support cases are told apart by priority and feature, bugs by priority, the open ones also
 * by when they are due, others by nothing.
 */
export function readOnly({ priority, feature, due }: BoardSearch, metric: Metric): Only {
  const isCases = metric === "SUPPORT_CASES";
  const found = priority === "none" ? null : PRIORITIES.find((each) => each.toLowerCase() === priority);
  return {
    priority: isCases || metric.includes("BUGS") ? found : undefined,
    feature: isCases ? feature : undefined,
    isDueSoon: metric === "OPEN_BUGS" && due === "soon" ? true : undefined,
  };
}

/** How an address says that records are open. */
export function writeOpen(metric: Metric, { priority, feature, isDueSoon }: Only): BoardSearch {
  return {
    figure: metricWord(metric),
    priority: priority === null ? "none" : priority?.toLowerCase(),
    feature,
    due: isDueSoon ? "soon" : undefined,
  };
}

/** `of high priority, about Payment`, `of high priority, due soon`; nothing for all. */
export function onlyText({ priority, feature, isDueSoon }: Only): string | undefined {
  const urgent = priority === undefined ? [] : [priority === null ? "without a priority" : `of ${priority.toLowerCase()} priority`];
  const rest = [...(feature === undefined ? [] : [`about ${feature}`]), ...(isDueSoon ? ["due soon"] : [])];
  return [...urgent, ...rest].join(", ") || undefined;
}

/** Whether a figure can be opened. */
export function isRecorded(metric: Metric): boolean {
  return readFigure(metricWord(metric)) !== undefined;
}

/** The part of the catalog that a figure of code health is of: services, those that matter for it first. */
export function catalogOf(metric: Metric, of: string | null): { q: string; sort: string | undefined } | undefined {
  const about: Partial<Record<Metric, { term: Term | undefined; sort: string | undefined }>> = {
    UNOWNED_SERVICES: { term: { key: "owner", value: "none" }, sort: undefined },
    GATE_PASS_SHARE: { term: { key: "gate", value: "failed" }, sort: undefined },
    COVERAGE: { term: undefined, sort: "coverage" },
  };
  const found = about[metric];
  const scope = of === null ? undefined : parseRef(of);
  const key = scope ? ({ team: "owner", system: "system", domain: "domain" } as const)[scope.kind as "team"] : undefined;
  // A service is no list, and what a team owns has an owner.
  if (!found || (scope && key === undefined) || (key === "owner" && found.term?.key === "owner")) return undefined;
  const terms: Term[] = [...(found.term ? [found.term] : []), ...(scope && key ? [{ key, value: scope.name }] : [])];
  return { q: filterText(terms), sort: found.sort };
}
