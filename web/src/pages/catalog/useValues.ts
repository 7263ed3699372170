/** The values that rows of a list have: to be offered while a filter is typed, and as heads of groups. */
import { useMemo } from "react";
import type { FilterKey } from "../../lib/filter";
import type { GroupName, List, Row, Wanted } from "./lists";
import type { KnownValue } from "./suggestions";

/** The values of a list; those that the server does not count are those of the loaded rows. */
export function useValues(_list: List, _wanted: Wanted, _group: GroupName | undefined, rows: Row[] | undefined) {
  const values = useMemo(() => valuesOfRows(rows ?? []), [rows]);
  return { values, groupCounts: undefined as Map<string | null, number> | undefined, need: (_isNeeded: boolean): void => undefined };
}

/** The values that rows have, by key, most frequent first. */
export function valuesOfRows(rows: Row[]): Partial<Record<FilterKey, KnownValue[]>> {
  const found = new Map<FilterKey, Map<string, { rows: number; title: string | undefined }>>();
  const add = (key: FilterKey, value: string | null | undefined, title?: string | null): void => {
    if (!value) return;
    const ofKey = found.get(key) ?? new Map<string, { rows: number; title: string | undefined }>();
    const known = ofKey.get(value) ?? { rows: 0, title: title ?? undefined };
    known.rows += 1;
    ofKey.set(value, known);
    found.set(key, ofKey);
  };
  for (const row of rows) {
    add("owner", row.owner?.ref.replace(/^team:/, ""), row.owner?.title);
    add("status", row.status);
    add("type", row.type);
    add("lifecycle", row.lifecycle);
    add("system", row.system?.name, row.system?.title);
    add("domain", row.domain?.name, row.domain?.title);
    add("repository", row.repository?.name, row.repository?.title);
    add("parent", row.parent?.name, row.parent?.title);
    add("ecosystem", row.ecosystem);
    for (const language of row.languages ?? []) add("language", language);
    for (const topic of row.topics) add("topic", topic);
    for (const team of row.teams ?? []) add("member", team.name, team.title);
  }
  const values: Partial<Record<FilterKey, KnownValue[]>> = {};
  for (const [key, ofKey] of found) {
    values[key] = [...ofKey]
      .toSorted(([one, { rows: a }], [other, { rows: b }]) => b - a || one.localeCompare(other))
      .map(([value, { title }]) => ({ value, count: undefined, title }));
  }
  return values;
}
