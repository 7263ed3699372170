/** The values that rows of a list have: to be offered while a filter is typed, and as heads of groups. */
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import type { EntityFilter } from "../../api/generated";
import type { FilterKey } from "../../lib/filter";
import type { GroupName, List, Row, Values, Wanted } from "./lists";
import type { KnownValue } from "./suggestions";

/** How many rows a filter keeps by their values; asked only if there is a filter. */
export function useValues(list: List, filter: EntityFilter | undefined, at: string | null): Values | undefined {
  const { values } = list;
  const { data } = useQuery({
    queryKey: ["catalog values", list.name, filter, at],
    queryFn: ({ signal }) => values?.(filter ?? {}, at, signal) ?? {},
    enabled: values !== undefined && filter !== undefined,
    placeholderData: keepPreviousData,
  });
  return filter === undefined ? undefined : data;
}

/** How many rows each group has, by the value that the rows share. */
export function useGroupCounts(list: List, wanted: Wanted, group: GroupName | undefined): Map<string | null, number> | undefined {
  const values = useValues(list, group ? wanted.filter : undefined, wanted.at);
  return useMemo(() => (group && values ? groupCounts(values, group) : undefined), [values, group]);
}

/** The counts of groups, by the value that the rows of a group share: of an owner the ref. */
export function groupCounts(values: Values, group: GroupName): Map<string | null, number> | undefined {
  const found = values[group];
  return found && new Map(found.map(({ value, entity, count }) => [group === "owner" ? (entity?.ref ?? value) : value, count]));
}

/** The values to offer: those that the server counted; of other keys, those of the loaded rows. */
export function useOffered(values: Values | undefined, rows: Row[] | undefined): Partial<Record<FilterKey, KnownValue[]>> {
  const loaded = useMemo(() => valuesOfRows(rows ?? []), [rows]);
  return useMemo(() => ({ ...loaded, ...(values ? offered(values) : {}) }), [loaded, values]);
}

/** How one asks for what has no value. */
const WITHOUT: Partial<Record<FilterKey, { value: string; title?: string | undefined }>> = {
  owner: { value: "none", title: "without an owner" },
  gate: { value: "unknown" },
};

/** Counted values as they are typed. */
export function offered(values: Values): Partial<Record<FilterKey, KnownValue[]>> {
  const known: Partial<Record<FilterKey, KnownValue[]>> = {};
  for (const [key, counts] of Object.entries(values) as [FilterKey, NonNullable<Values[FilterKey]>][]) {
    known[key] = counts.flatMap(({ value, entity, count }) => {
      if (value === null) return WITHOUT[key] ? [{ ...WITHOUT[key], count }] : [];
      return [{ value: key === "owner" && entity ? entity.ref.replace(/^team:/, "") : value, count, title: entity?.title ?? undefined }];
    });
  }
  return known;
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
