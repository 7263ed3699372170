/**
 * The filter language: words of a name, and `key:value` for everything else, such as `owner:payments status:active`.
 * A value with a space stands in quotes: `owner:"site reliability"`; in quotes a backslash keeps the next character as it
 * is. What is typed, clicked and shared is this text.
 */
import type { EntityFilter, GateState } from "../api/generated";
import { isDay } from "./moment";

/** A part of a filter: a key and its value, or a word of text without a key. */
export interface Term {
  key: FilterKey | undefined;
  value: string;
}

/** A part of a filter as it was written: what it means, or what is wrong with it. */
export type Part = { text: string } & ({ term: Term; problem: undefined } | { term: undefined; problem: string });

/** What can be filtered by. */
export const FILTER_KEYS = {
  owner: "A team or person, and the teams below it: owner:payments. owner:none is without.",
  language: "A programming language: language:rust",
  status: "active, experimental, deprecated, archived or undeclared",
  type: "What sort of its kind it is: type:website",
  lifecycle: "As its descriptor says: lifecycle:production",
  system: "Belongs to this system: system:shop",
  domain: "Belongs to this domain: domain:commerce",
  repository: "Stands in this repository: repository:storefront",
  topic: "A tag or topic: topic:critical",
  ecosystem: "Of a package: ecosystem:npm",
  member: "Of a person, a team that it is in: member:payments",
  parent: "Of a team or domain, the one right above: parent:commerce",
  state: "state:defined is described by a source of its own; state:referenced is only mentioned by others",
  facts: "facts:stale has something that its source has not confirmed in time; facts:fresh has nothing such",
  changed: "When it changed last: changed:7d, changed:>90d, changed:>2026-03-01",
  gate: "The quality gate: passed, warning, failed or unknown",
  coverage: "What tests reach, in per cent: coverage:<60 is below, coverage:>80 at least",
  outdated: "outdated:yes has a direct dependency that is behind; outdated:no has none that is known to be",
  vulnerable: "vulnerable:yes uses a version with a published weakness, directly or not; vulnerable:no uses none that is known",
  deprecated: "deprecated:yes uses a package that is deprecated; of a package, it is deprecated",
  endoflife: "endoflife:yes uses a runtime or base image out of support",
  internal: "Of a package: internal:yes is published by the organisation itself",
  usedby: "Of a package, a team, service or repository that uses it: usedby:payments, usedby:service:ledger",
} as const;

/** A key of the filter language. */
export type FilterKey = keyof typeof FILTER_KEYS;

/** What a filter means, or what is wrong with it. */
export type Understood = { filter: EntityFilter; problem: undefined } | { filter: undefined; problem: string };

/** Reads a filter's text. */
export function parseFilter(text: string): { terms: Term[]; problem: string | undefined; parts: Part[] } {
  const parts = [...text.matchAll(PART)].map(([part]) => readPart(part)).filter((part) => part !== undefined);
  return {
    terms: parts.map(({ term }) => term).filter((term) => term !== undefined),
    problem: parts.find(({ problem }) => problem !== undefined)?.problem,
    parts,
  };
}

/** Text without spaces, or with spaces in quotes. A quote that is not closed reaches to the end: it is being typed. */
const PART = /(?:[^\s"]|"(?:[^"\\]|\\.)*(?:"|\\?$))+/gs;

function readPart(text: string): Part | undefined {
  const colon = text.indexOf(":");
  const written = text.slice(0, colon);
  const key = written.toLowerCase();
  if (colon > 0 && isFilterKey(key)) {
    const value = unquote(text.slice(colon + 1));
    if (value.trim() === "") {
      return { text, term: undefined, problem: `${key}: needs a value, right behind the colon. ${FILTER_KEYS[key]}` };
    }
    return { text, term: { key, value }, problem: undefined };
  }
  if (colon > 0 && /^[a-z]+$/i.test(written)) {
    const known = Object.keys(FILTER_KEYS).join(", ");
    const quoted = quoteWord(unquote(text));
    return {
      text,
      term: undefined,
      problem: `Nothing can be filtered by "${written}". Known are: ${known}. As text to find, write ${quoted}.`,
    };
  }
  const value = unquote(text);
  return value.trim() === "" ? undefined : { text, term: { key: undefined, value }, problem: undefined };
}

/** The text of a filter; the inverse of {@link parseFilter}. */
export function filterText(terms: Term[]): string {
  return terms.map(termText).join(" ");
}

/** The text of one part of a filter. */
export function termText({ key, value }: Term): string {
  return key ? `${key}:${quote(value)}` : quoteWord(value);
}

/** The filter with one more term, or without it if it is there already. What is not understood stays as it is. */
export function toggled(text: string, term: Term): string {
  const { parts } = parseFilter(text);
  const others = parts.filter((part) => part.term === undefined || !same(part.term, term));
  const texts = others.map((part) => (part.term ? termText(part.term) : part.text));
  return (others.length < parts.length ? texts : [...texts, termText(term)]).join(" ");
}

/** Whether the filter has the term. */
export function hasTerm(text: string, term: Term): boolean {
  return parseFilter(text).terms.some((other) => same(other, term));
}

/** The filter with a term in the place of all others of its key. */
export function replaced(text: string, term: Term): string {
  const { parts } = parseFilter(text);
  const texts = parts.filter((part) => part.term?.key !== term.key).map((part) => (part.term ? termText(part.term) : part.text));
  return [...texts, termText(term)].join(" ");
}

/** Whether two terms say the same. */
export function same(one: Term, other: Term): boolean {
  return one.key === other.key && one.value.toLowerCase() === other.value.toLowerCase();
}

/** Terms of which an entity can meet only one, with the kind that a bare name among their values means. */
const SINGLE = {
  owner: "team",
  system: "system",
  domain: "domain",
  repository: "repository",
  member: "team",
  parent: undefined,
  state: undefined,
  facts: undefined,
  changed: undefined,
  outdated: undefined,
  vulnerable: undefined,
  deprecated: undefined,
  endoflife: undefined,
  internal: undefined,
  usedby: "team",
} as const;

/** Terms of which any of several values is enough. */
const LISTS = ["language", "status", "type", "lifecycle", "topic", "ecosystem"] as const;

/** Terms that are answered by yes or no, with their names in the API. */
const YES_OR_NO = {
  outdated: "outdated",
  vulnerable: "vulnerable",
  deprecated: "deprecated",
  endoflife: "endOfLife",
  internal: "internal",
} as const satisfies { [key in FilterKey]?: keyof EntityFilter };

const GATES: Record<string, GateState> = { passed: "PASSED", warning: "WARNING", failed: "FAILED", unknown: "UNKNOWN" };

/** What else the meaning of a filter depends on. */
export interface FilterContext {
  /** The kind that is above an entity of the list: of a team a team, of a domain a domain. */
  parentKind?: "team" | "domain";
}

/** What the server is to keep. `day` is the one that is looked at. */
export function understand(
  text: string,
  day: string,
  daysBefore: (days: number) => string,
  { parentKind = "team" }: FilterContext = {},
): Understood {
  const { terms, problem } = parseFilter(text);
  if (problem) return { filter: undefined, problem };
  const of = (key: FilterKey | undefined): string[] => terms.filter((term) => term.key === key).map((term) => term.value);
  const filter: EntityFilter = { ownerTree: true };
  for (const key of LISTS) {
    const values = of(key);
    if (values.length > 0) filter[key] = values;
  }
  const words = of(undefined);
  if (words.length > 0) filter.text = words.join(" ");
  for (const key of Object.keys(SINGLE) as (keyof typeof SINGLE)[]) {
    const [first, second] = of(key);
    if (first !== undefined && second !== undefined) {
      return { filter: undefined, problem: `${key}: can be given once, and is given as ${quote(first)} and ${quote(second)}. Remove one.` };
    }
  }
  const ref = (key: keyof typeof SINGLE, kind: string): string | undefined => {
    const [value] = of(key);
    return value === undefined || value.includes(":") ? value : `${kind}:${value}`;
  };
  const [owner, system, domain, repository, member, parent] = [
    ref("owner", SINGLE.owner),
    ref("system", SINGLE.system),
    ref("domain", SINGLE.domain),
    ref("repository", SINGLE.repository),
    ref("member", SINGLE.member),
    ref("parent", parentKind),
  ];
  if (of("owner")[0]?.toLowerCase() === "none") filter.unowned = true;
  else if (owner) filter.owner = owner;
  if (system) filter.system = system;
  if (domain) filter.domain = domain;
  if (repository) filter.repository = repository;
  if (member) filter.memberOf = member;
  if (parent) filter.parent = parent;
  const [state] = of("state").map((word) => word.toLowerCase());
  if (state !== undefined) {
    if (state !== "defined" && state !== "referenced") {
      return { filter: undefined, problem: `state: is defined or referenced, not ${quote(state)}.` };
    }
    filter.defined = state === "defined";
  }
  const user = ref("usedby", SINGLE.usedby);
  if (user) filter.usedBy = user;
  for (const [key, name] of Object.entries(YES_OR_NO) as [keyof typeof YES_OR_NO, (typeof YES_OR_NO)[keyof typeof YES_OR_NO]][]) {
    const [word] = of(key);
    if (word === undefined) continue;
    if (!/^(yes|no)$/i.test(word)) return { filter: undefined, problem: `${key}: is yes or no, not ${quote(word)}.` };
    filter[name] = word.toLowerCase() === "yes";
  }
  const gates = of("gate").map((word) => ({
    word,
    gate: Object.hasOwn(GATES, word.toLowerCase()) ? GATES[word.toLowerCase()] : undefined,
  }));
  const odd = gates.find(({ gate }) => gate === undefined);
  if (odd) return { filter: undefined, problem: `gate: is passed, warning, failed or unknown, not ${quote(odd.word)}.` };
  if (gates.length > 0) filter.gate = gates.flatMap(({ gate }) => gate ?? []);
  const coverage = understandCoverage(of("coverage"));
  if (typeof coverage === "string") return { filter: undefined, problem: coverage };
  const more = understandTime(of("facts")[0], of("changed")[0], day, daysBefore);
  if (typeof more === "string") return { filter: undefined, problem: more };
  return { filter: { ...filter, ...coverage, ...more }, problem: undefined };
}

/** One bound at each side: `<60` and `>40` are between. */
function understandCoverage(words: string[]): Pick<EntityFilter, "coverageAtLeast" | "coverageBelow"> | string {
  const filter: Pick<EntityFilter, "coverageAtLeast" | "coverageBelow"> = {};
  for (const word of words) {
    const [, sign, number] = /^(<|>=?)(\d{1,3}(?:\.\d+)?)%?$/.exec(word.replaceAll(/\s/g, "")) ?? [];
    if (sign === undefined || Number(number) > 100) {
      return `coverage: takes a sign and per cent, not ${quote(word)}. Expected is such as <60 (below) or >80 (at least).`;
    }
    const name = sign === "<" ? "coverageBelow" : "coverageAtLeast";
    if (filter[name] !== undefined) return `coverage: has two bounds at the same side, ${words.map(quote).join(" and ")}. Remove one.`;
    // As a share, without the noise of a binary division.
    filter[name] = Number((Number(number) / 100).toFixed(6));
  }
  return filter;
}

type TimeFilter = Pick<EntityFilter, "stale" | "changedSince" | "changedBefore">;

function understandTime(
  facts: string | undefined,
  changed: string | undefined,
  day: string,
  daysBefore: (days: number) => string,
): TimeFilter | string {
  const filter: TimeFilter = {};
  if (facts !== undefined) {
    const word = facts.toLowerCase();
    if (word !== "stale" && word !== "fresh") return `facts: is stale or fresh, not ${quote(facts)}.`;
    filter.stale = word === "stale";
  }
  if (changed !== undefined) {
    const parts = /^([<>]?)(?:(\d{1,4})d|(\d{4}-\d{2}-\d{2}))$/i.exec(changed);
    const expected = `changed: takes a number of days or a day, not ${quote(changed)}. Expected is such as 7d (within), >90d (longer ago), 2026-03-01 (since) or <2026-03-01 (before).`;
    if (!parts) return expected;
    const [, sign, days, date] = parts;
    if (date !== undefined && !isDay(date)) return expected;
    const moment = date ?? daysBefore(Number(days));
    const isLongAgo = days === undefined ? sign === "<" : sign === ">";
    if (moment > day) return `changed:${changed} lies after the day that you look at, ${day}.`;
    filter[isLongAgo ? "changedBefore" : "changedSince"] = moment;
  }
  return filter;
}

function isFilterKey(word: string): word is FilterKey {
  return Object.hasOwn(FILTER_KEYS, word);
}

/** The text that quotes stand around; what stands outside of them is taken as it is. */
function unquote(text: string): string {
  return text.replaceAll(/"((?:[^"\\]|\\.)*)(?:"|\\?$)/gs, (_, inner: string) => inner.replaceAll(/\\(.)/gs, "$1"));
}

function quote(text: string): string {
  return /[\s"]/.test(text) || text === "" ? inQuotes(text) : text;
}

/** A word that looks like a key and a value is quoted, so that it stays a word. */
function quoteWord(text: string): string {
  return /^[a-z]+:/i.test(text) ? inQuotes(text) : quote(text);
}

function inQuotes(text: string): string {
  return `"${text.replaceAll(/["\\]/g, "\\$&")}"`;
}
