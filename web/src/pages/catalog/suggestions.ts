/** What the filter field offers while one types; pure. */
import { FILTER_KEYS, type FilterKey, type Term } from "../../lib/filter";
import { count } from "../../lib/text";

/** A value that a list has, with how many rows have it, if that is known. */
export interface KnownValue {
  value: string;
  count: number | undefined;
  /** A name for people, where the value is a ref. */
  title?: string | undefined;
}

/** Something to choose: a whole term, or a key whose value is typed next. */
export interface Suggestion {
  id: string;
  label: string;
  detail: string;
  term: Term | undefined;
  /** What the field holds after choosing; nothing, if a term was chosen. */
  draft: string;
}

/** Values that do not depend on the list. */
const FIXED: Partial<Record<FilterKey, [string, string][]>> = {
  gate: [
    ["failed", "some condition is not met"],
    ["warning", "some condition is nearly not met"],
    ["passed", "all conditions are met"],
    ["unknown", "never analysed"],
  ],
  coverage: [
    ["<40", "tests reach less than 40 %"],
    ["<60", "tests reach less than 60 %"],
    ["<80", "tests reach less than 80 %"],
    [">80", "tests reach at least 80 %"],
  ],
  outdated: [
    ["yes", "a direct dependency is behind"],
    ["no", "none is known to be behind"],
  ],
  vulnerable: [
    ["yes", "a version with a published weakness is used"],
    ["no", "none is known to be used"],
  ],
  deprecated: [
    ["yes", "something that should not be used any more"],
    ["no", "nothing known to be deprecated"],
  ],
  endoflife: [
    ["yes", "a runtime or base image out of support"],
    ["no", "none known to be out of support"],
  ],
  internal: [
    ["yes", "published by the organisation itself"],
    ["no", "published by others"],
  ],
  state: [
    ["defined", "described by a source of its own"],
    ["referenced", "only mentioned by others"],
  ],
  facts: [
    ["stale", "something was not confirmed in time"],
    ["fresh", "everything was confirmed in time"],
  ],
  changed: [
    ["1d", "within a day"],
    ["7d", "within a week"],
    ["30d", "within a month"],
    ["90d", "within a quarter"],
    [">90d", "not for a quarter"],
    [">365d", "not for a year"],
  ],
};

const MOST = 12;

/** The key that the text begins with, if the list knows it, and what stands behind it. */
export function splitDraft(draft: string, keys: FilterKey[]): { key: FilterKey | undefined; rest: string } {
  const colon = draft.indexOf(":");
  const key = keys.find((known) => known === draft.slice(0, colon).toLowerCase());
  return colon > 0 && key ? { key, rest: draft.slice(colon + 1).replaceAll('"', "") } : { key: undefined, rest: draft };
}

/** What to offer for what is typed. Of what is chosen already nothing is offered again. */
export function suggest(draft: string, keys: FilterKey[], values: Partial<Record<FilterKey, KnownValue[]>>, chosen: Term[]): Suggestion[] {
  const { key, rest } = splitDraft(draft.trimStart(), keys);
  if (key) return valuesOf(key, rest, values, chosen).slice(0, MOST);
  const word = rest.trim().toLowerCase();
  const fitting = keys
    .filter((known) => known.startsWith(word))
    .map((known) => ({ id: `key ${known}`, label: `${known}:`, detail: FILTER_KEYS[known], term: undefined, draft: `${known}:` }));
  if (word === "") return fitting;
  const found = keys.flatMap((known) =>
    valuesOf(known, word, values, chosen).map((suggestion) => ({ ...suggestion, label: `${known}:${suggestion.label}` })),
  );
  return [...fitting, ...found].slice(0, MOST);
}

function valuesOf(key: FilterKey, typed: string, values: Partial<Record<FilterKey, KnownValue[]>>, chosen: Term[]): Suggestion[] {
  const part = typed.trim().toLowerCase();
  const fixed = FIXED[key] ?? [];
  const known: { value: string; detail: string; words: string }[] = [
    ...fixed.map(([value, detail]) => {
      const rows = values[key]?.find((each) => each.value === value)?.count;
      return { value, detail: rows === undefined ? detail : `${detail} · ${count(rows)}`, words: value };
    }),
    ...(values[key] ?? [])
      .filter(({ value }) => !fixed.some(([other]) => other === value))
      .map(({ value, count: rows, title }) => ({
        value,
        detail: [title && title !== value ? title : "", rows === undefined ? "" : count(rows)].filter(Boolean).join(" · "),
        words: `${value} ${title ?? ""}`,
      })),
  ];
  const isChosen = (value: string): boolean => chosen.some((term) => term.key === key && term.value.toLowerCase() === value.toLowerCase());
  const fitting = known.filter(({ value, words }) => words.toLowerCase().includes(part) && !isChosen(value));
  // What begins so stands before what only contains it; else the order is that of the counts.
  const begins = (value: string): number => (value.toLowerCase().startsWith(part) ? 0 : 1);
  return fitting
    .toSorted((one, other) => begins(one.value) - begins(other.value))
    .map(({ value, detail }) => ({ id: `${key} ${value}`, label: value, detail, term: { key, value }, draft: "" }));
}
