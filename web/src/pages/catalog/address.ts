/** What the address of a list says about its order, its columns and its groups; pure. */
import type { EntityOrder, OrderField } from "../../api/generated";
import type { Sorting } from "../../ui/Table";
import type { GroupName, List } from "./lists";

/** The columns that can be sorted by, with the field of the API. */
export const ORDERS: Record<string, OrderField> = {
  name: "NAME",
  owner: "OWNER",
  type: "TYPE",
  status: "STATUS",
  lifecycle: "LIFECYCLE",
  changed: "LAST_CHANGE",
  confirmed: "LAST_CONFIRMED",
  coverage: "COVERAGE",
  outdated: "OUTDATED_SHARE",
  libyears: "LIBYEARS",
  vulnerable: "VULNERABLE",
  uses: "USES",
  published: "LATEST_PUBLISHED",
};

/** Columns of which one looks for the most first: what changed last, what is most behind. */
const MOST_FIRST = new Set(["changed", "outdated", "libyears", "vulnerable", "uses", "published"]);

/** Words for the same that one might type. */
const ALIASES: Record<string, string> = { lastChange: "changed", lastchange: "changed" };

const BY_NAME: Sorting = { column: "name", descending: false };

/** What `sort=-lastChange` means; the list's usual order, if it means nothing. */
export function readSorting(text: string | undefined, usual: Sorting = BY_NAME): Sorting {
  const isDescending = text?.startsWith("-") ?? false;
  const word = text?.replace(/^-/, "") ?? "";
  const column = ALIASES[word] ?? word;
  return Object.hasOwn(ORDERS, column) ? { column, descending: isDescending } : usual;
}

/** The text of an order; none for the usual one. */
export function sortingText({ column, descending }: Sorting, usual: Sorting = BY_NAME): string | undefined {
  if (column === usual.column && descending === usual.descending) return undefined;
  return `${descending ? "-" : ""}${column === "changed" ? "lastChange" : column}`;
}

/** The order that a click on a column head asks for. Of some columns the most stands first at the first click. */
export function nextSorting(asked: Sorting, shown: Sorting): Sorting {
  return MOST_FIRST.has(asked.column) && shown.column !== asked.column ? { column: asked.column, descending: true } : asked;
}

/** What the API sorts by. A grouped list is sorted by its groups. */
export function orderOf(sorting: Sorting, group: GroupName | undefined): EntityOrder {
  const column = group ?? sorting.column;
  return { field: ORDERS[column] ?? "NAME", direction: sorting.column === column && sorting.descending ? "DESC" : "ASC" };
}

/** The group that is asked for, if the list knows it. */
export function readGroup(text: string | undefined, list: List): GroupName | undefined {
  return list.groups.find((group) => group === text);
}

/** The columns to show: those asked for that the list knows, the name first; the list's own, if none is asked for. */
export function readColumns(text: string | undefined, known: string[], usual: string[]): string[] {
  const asked = new Set(text?.split(",").filter((id) => known.includes(id)));
  if (asked.size === 0) return usual;
  return known.filter((id) => id === "name" || asked.has(id));
}

/** The text for chosen columns; none for the usual ones. */
export function columnsText(chosen: string[], usual: string[]): string | undefined {
  const isUsual = chosen.length === usual.length && usual.every((id) => chosen.includes(id));
  return isUsual ? undefined : chosen.join(",");
}
