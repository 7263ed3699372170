/**
 * The filter language: words of a name, and `key:value` for everything else, such as `owner:payments status:active`.
 * A value with a space stands in quotes: `owner:"site reliability"`. What is typed, clicked and shared is this text.
 */
type EntityFilter = Record<string, unknown>;

import { isDay } from "./moment";

/** A part of a filter: a key and its value, or a word of text without a key. */
export interface Term {
  key: FilterKey | undefined;
  value: string;
}

/** What can be filtered by. */
export const FILTER_KEYS = {
  owner: "A team or person, and the teams below it: owner:payments. owner:none is without.",
  language: "A programming language: language:rust",
  status: "active, experimental, deprecated, archived or undeclared",
  type: "What sort of its kind it is: type:website",
  lifecycle: "As its descriptor says: lifecycle:production",
  system: "Belongs to this system: system:shop",
  topic: "A tag or topic: topic:critical",
  ecosystem: "Of a package: ecosystem:npm",
  facts: "facts:stale has something that its source has not confirmed in time; facts:fresh has nothing such",
  changed: "When it changed last: changed:7d, changed:>90d, changed:>2026-03-01",
} as const;

/** A key of the filter language. */
export type FilterKey = keyof typeof FILTER_KEYS;

/** What a filter means, or what is wrong with it. */
export type Understood = { filter: EntityFilter; problem: undefined } | { filter: undefined; problem: string };

/** Reads a filter's text. */
export function parseFilter(text: string): { terms: Term[]; problem: string | undefined } {
  const terms: Term[] = [];
  let problem: string | undefined;
  for (const [part] of text.matchAll(/(?:[^\s"]+|"[^"]*"?)+/g)) {
    const colon = part.indexOf(":");
    const key = part.slice(0, colon).toLowerCase();
    if (colon > 0 && isFilterKey(key)) {
      const value = unquote(part.slice(colon + 1));
      if (value === "") problem ??= `${key}: needs a value. ${FILTER_KEYS[key]}`;
      else terms.push({ key, value });
    } else if (colon > 0 && /^[a-z]+$/.test(key) && !part.startsWith('"')) {
      problem ??= `Nothing can be filtered by "${key}". Known are: ${Object.keys(FILTER_KEYS).join(", ")}.`;
    } else {
      terms.push({ key: undefined, value: unquote(part) });
    }
  }
  return { terms, problem };
}

/** The text of a filter; the inverse of {@link parseFilter}. */
export function filterText(terms: Term[]): string {
  return terms.map(({ key, value }) => (key ? `${key}:${quote(value)}` : quote(value))).join(" ");
}

/** The filter with one more term, or without it if it is there already. */
export function toggled(text: string, term: Term): string {
  const { terms } = parseFilter(text);
  const without = terms.filter((other) => !same(other, term));
  return filterText(without.length < terms.length ? without : [...terms, term]);
}

/** Whether two terms say the same. */
export function same(one: Term, other: Term): boolean {
  return one.key === other.key && one.value.toLowerCase() === other.value.toLowerCase();
}

/** What the server is to keep. `day` is the one that is looked at. */
export function understand(text: string, day: string, daysBefore: (days: number) => string): Understood {
  const { terms, problem } = parseFilter(text);
  if (problem) return { filter: undefined, problem };
  const of = (key: FilterKey | undefined): string[] => terms.filter((term) => term.key === key).map((term) => term.value);
  const filter: EntityFilter = { ownerTree: true };
  const lists = { language: "language", status: "status", type: "type", lifecycle: "lifecycle", topic: "topic" } as const;
  for (const [key, name] of Object.entries(lists)) {
    const values = of(key as keyof typeof lists);
    if (values.length > 0) filter[name] = values;
  }
  const words = of(undefined);
  if (words.length > 0) filter.text = words.join(" ");
  for (const key of ["owner", "system", "facts", "changed"] as const) {
    if (of(key).length > 1) return { filter: undefined, problem: `${key}: can be given once.` };
  }
  const [owner] = of("owner");
  if (owner?.toLowerCase() === "none") filter.unowned = true;
  else if (owner) filter.owner = owner.includes(":") ? owner : `team:${owner}`;
  const [system] = of("system");
  if (system) filter.system = system.includes(":") ? system : `system:${system}`;
  const more = understandTime(of("facts")[0], of("changed")[0], day, daysBefore);
  if (typeof more === "string") return { filter: undefined, problem: more };
  const ecosystems = of("ecosystem");
  return {
    filter: { ...filter, ...more, ...(ecosystems.length > 0 ? { ecosystem: ecosystems } : {}) } as EntityFilter,
    problem: undefined,
  };
}

function understandTime(
  facts: string | undefined,
  changed: string | undefined,
  day: string,
  daysBefore: (days: number) => string,
): Record<string, unknown> | string {
  const filter: Record<string, unknown> = {};
  if (facts !== undefined) {
    if (facts !== "stale" && facts !== "fresh") return `facts: is stale or fresh, not "${facts}".`;
    filter.stale = facts === "stale";
  }
  if (changed !== undefined) {
    const parts = /^([<>]?)(?:(\d{1,5})d|(\d{4}-\d{2}-\d{2}))$/.exec(changed);
    const expected = "changed: takes a number of days or a day, such as 7d, >90d (longer ago), 2026-03-01 (since) or <2026-03-01 (before).";
    if (!parts) return expected;
    const [, sign, days, date] = parts;
    if (date !== undefined && !isDay(date)) return expected;
    const moment = date ?? daysBefore(Number(days));
    const longAgo = days === undefined ? sign === "<" : sign === ">";
    if (moment > day) return `changed:${changed} lies after the day that you look at.`;
    filter[longAgo ? "changedBefore" : "changedSince"] = moment;
  }
  return filter;
}

function isFilterKey(word: string): word is FilterKey {
  return Object.hasOwn(FILTER_KEYS, word);
}

function unquote(text: string): string {
  return text.replaceAll('"', "");
}

function quote(text: string): string {
  return /\s/.test(text) || text === "" ? `"${text}"` : text;
}
