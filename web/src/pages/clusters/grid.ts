/** Services by region: the workloads of each cell, and what of it differs from its neighbours. */
import type { ClusterWorkloadsQuery } from "../../api/generated";
import { type Condition, conditionOf, worst } from "../../lib/runtime";

/** A workload as the page of clusters lists it. */
export type Runs = ClusterWorkloadsQuery["workloads"]["nodes"][number];

/** A service, or workloads of one name that no service is known of. */
export interface GridRow {
  key: string;
  name: string;
  /** The service's ref; nothing if none is known. */
  ref: string | undefined;
  owner: { ref: string; name: string; title: string | null } | undefined;
  cells: Map<string, Runs[]>;
  condition: Condition;
  /** Regions do not run the same version. */
  differs: boolean;
}

/** The environments in which anything runs, production first. */
export function environmentsOf(workloads: readonly Runs[]): string[] {
  const names = new Set(workloads.map(({ workload }) => workload.environment ?? ""));
  return [...names].sort((one, other) => Number(other === "production") - Number(one === "production") || one.localeCompare(other));
}

/** The columns: regions, or clusters where no region is told. */
export function regionsOf(workloads: readonly Runs[]): string[] {
  return [...new Set(workloads.map(regionOf))].sort();
}

function regionOf({ workload }: Runs): string {
  return workload.region ?? workload.cluster ?? "";
}

/** The rows of an environment, those with trouble first. */
export function rowsOf(workloads: readonly Runs[], text: string): GridRow[] {
  const rows = new Map<string, GridRow>();
  for (const each of workloads) {
    const { service, workload, name } = each;
    const own = name.split("/").at(-1) ?? name;
    const key = service?.id ?? `none ${workload.namespace ?? ""}/${own}`;
    let row = rows.get(key);
    if (!row) {
      row = {
        key,
        name: service ? (service.title ?? service.name) : own,
        ref: service?.ref,
        owner: service?.owner ?? undefined,
        cells: new Map(),
        condition: "good",
        differs: false,
      };
      rows.set(key, row);
    }
    const region = regionOf(each);
    row.cells.set(region, [...(row.cells.get(region) ?? []), each]);
  }
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const kept = [...rows.values()].filter((row) => {
    const said = `${row.name} ${row.ref ?? ""} ${row.owner?.ref ?? ""} ${row.owner?.title ?? ""}`.toLowerCase();
    return words.every((word) => said.includes(word));
  });
  for (const row of kept) {
    const all = [...row.cells.values()].flat();
    row.condition = worst(all.map(({ workload }) => conditionOf(workload)));
    row.differs = new Set([...row.cells.values()].map(versionOf)).size > 1;
  }
  const rank = ({ condition, differs }: GridRow): number => (condition === "bad" ? 0 : condition === "warning" ? 1 : differs ? 2 : 3);
  return kept.sort((one, other) => rank(one) - rank(other) || one.name.localeCompare(other.name));
}

/** The version that the workloads of a cell run; several are told side by side. */
export function versionOf(workloads: readonly Runs[]): string {
  return [...new Set(workloads.map(({ workload }) => workload.version ?? "no version"))].sort().join(", ");
}

/** The version that most cells of a row run: another one is what differs. */
export function usualVersion(row: GridRow): string | undefined {
  const counts = new Map<string, number>();
  for (const cell of row.cells.values()) counts.set(versionOf(cell), (counts.get(versionOf(cell)) ?? 0) + 1);
  return [...counts.entries()].sort(([, one], [, other]) => other - one)[0]?.[0];
}

/** Pods of a cell: the sums of what is known. */
export function podsOf(workloads: readonly Runs[]): { ready: number | null; desired: number | null } {
  const sum = (values: (number | null)[]): number | null => {
    const known = values.filter((value) => value !== null);
    return known.length === 0 ? null : known.reduce((total, value) => total + value, 0);
  };
  return { ready: sum(workloads.map(({ workload }) => workload.ready)), desired: sum(workloads.map(({ workload }) => workload.desired)) };
}
