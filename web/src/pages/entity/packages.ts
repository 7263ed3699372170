/** What the address says about a list of packages, and how its rows are put in order; pure. */
import type { EntityUseFragment, PackageUseOrder } from "../../api/generated";
import { byHurt } from "../../lib/packages";
import type { Sorting } from "../../ui/Table";

/** What can be left over of all packages. */
export const ONLY = ["outdated", "vulnerable", "deprecated", "endoflife"] as const;

export type Only = (typeof ONLY)[number];

/** What is left over, if the address names something that is known. */
export function readOnly(text: string | undefined): Only | undefined {
  return ONLY.find((known) => known === text);
}

const ORDERS = { package: "NAME", behind: "BEHIND", libyears: "LIBYEARS", manifest: "MANIFEST" } as const;

/** The column and direction in the address; nothing for what hurts most. */
export function readSort(text: string | undefined): Sorting | undefined {
  const column = text?.replace(/^-/, "") ?? "";
  return Object.hasOwn(ORDERS, column) ? { column, descending: text?.startsWith("-") ?? false } : undefined;
}

/** The text of a sorting. */
export function writeSort({ column, descending }: Sorting): string {
  return `${descending ? "-" : ""}${column}`;
}

/** What the server sorts by: what is furthest behind stands first, unless something else is asked for. */
export function orderOf(sorting: Sorting | undefined): PackageUseOrder {
  if (!sorting) return { field: "BEHIND", direction: "DESC" };
  return { field: ORDERS[sorting.column as keyof typeof ORDERS], direction: sorting.descending ? "DESC" : "ASC" };
}

/** What hurts most, which is always loaded, before all others in the order of the server. */
export function worstFirst(worst: readonly EntityUseFragment[], others: readonly EntityUseFragment[]): EntityUseFragment[] {
  const head = new Map(worst.map((use) => [keyOf(use), use]));
  return [...byHurt([...head.values()]), ...others.filter((use) => !head.has(keyOf(use)))];
}

/** A use within its user. */
export function keyOf({ name, manifest, user }: Pick<EntityUseFragment, "name" | "manifest" | "user">): string {
  return `${user?.ref ?? ""} ${manifest} ${name}`;
}
