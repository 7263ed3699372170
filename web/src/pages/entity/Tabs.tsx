import { Link } from "@tanstack/react-router";
import { useEffect, useRef } from "react";
import { count } from "../../lib/text";
import { type EntityAnswer, part } from "./answer";
import { sectionsOf } from "./facts";
import styles from "./Tabs.module.css";

/** A part of the page with an address of its own. */
export interface Tab {
  id: string;
  title: string;
  count?: number;
}

/** The parts that the page of this entity has. */
export function tabsOf(entity: EntityAnswer): Tab[] {
  const tabs: Tab[] = [{ id: "overview", title: "Overview" }];
  const owned = ownedCount(entity);
  if (owned !== undefined) tabs.push({ id: "owns", title: "Owns", count: owned });
  const relations = entity.uses.length + entity.usedBy.length;
  if (relations > 0) tabs.push({ id: "relations", title: "Relations", count: relations });
  if (IN_GRAPH.has(entity.kind ?? "")) tabs.push({ id: "impact", title: "Impact" });
  const packages = part(entity, "packages");
  if (packages && packages.totalCount > 0) tabs.push({ id: "packages", title: "Dependencies", count: packages.totalCount });
  if (part(entity, "quality")) tabs.push({ id: "quality", title: "Quality" });
  if (entity.kind === "PACKAGE") {
    tabs.push({ id: "dependents", title: "Used by", count: part(entity, "usesCount") ?? 0 });
    tabs.push({ id: "versions", title: "Versions" });
  }
  if (entity.kind === "SERVICE" || entity.kind === "REPOSITORY") tabs.push({ id: "docs", title: "Documents" });
  if (entity.kind === "API") tabs.push({ id: "docs", title: "Definition" });
  const facts = sectionsOf(entity.facts).reduce((sum, section) => sum + section.count, 0);
  if (facts > 0) tabs.push({ id: "facts", title: "All facts", count: facts });
  tabs.push({ id: "history", title: "History" });
  return tabs;
}

/** The part that the address names; the first one, if there is no such part. */
export function tabOf(tabs: readonly Tab[], { tab, doc }: { tab?: string | undefined; doc?: string | undefined }): string {
  const wanted = tab ?? (doc === undefined ? undefined : "docs");
  // An address may be older than the day it is opened for: then the part says that it is empty.
  return wanted !== undefined && (KNOWN.has(wanted) || tabs.some(({ id }) => id === wanted)) ? wanted : "overview";
}

/** Kinds that need others, or that others need. */
const IN_GRAPH: ReadonlySet<string> = new Set(["SERVICE", "REPOSITORY", "API", "RESOURCE", "WORKLOAD", "CLUSTER"]);

const KNOWN = new Set(["packages", "quality", "versions", "dependents", "relations", "impact", "owns", "docs", "facts", "history"]);

function ownedCount(entity: EntityAnswer): number | undefined {
  const owned = [
    part(entity, "ownedServices"),
    part(entity, "ownedRepositories"),
    part(entity, "ownedSystems"),
    part(entity, "ownedApis"),
    part(entity, "ownedResources"),
  ];
  if (owned.every((each) => each === undefined)) return undefined;
  return owned.reduce((sum, each) => sum + (each?.totalCount ?? 0), 0);
}

/** The parts of the page, as links. */
export function Tabs({ tabs, current }: { tabs: Tab[]; current: string }) {
  const bar = useRef<HTMLElement>(null);
  // On a narrow screen the bar scrolls sideways; the current part must be in view.
  // biome-ignore lint/correctness/useExhaustiveDependencies: it follows the current part
  useEffect(() => {
    const link = bar.current?.querySelector<HTMLElement>("[aria-current]");
    if (link && bar.current) bar.current.scrollLeft = Math.max(0, link.offsetLeft - 40);
  }, [current]);
  return (
    <nav aria-label="Parts of this page" className={styles.tabs} ref={bar}>
      {tabs.map(({ id, title, count: number }) => (
        <Link
          key={id}
          to="."
          search={({ at, facets, tree, over, owned }: Record<string, string | undefined>) => ({
            at,
            over,
            facets,
            tree,
            owned,
            tab: id === "overview" ? undefined : id,
          })}
          resetScroll={false}
          activeOptions={{ includeSearch: true }}
          className={styles.tab}
          activeProps={{}}
          {...(id === current ? { "aria-current": "page" as const, "data-current": true } : { "aria-current": undefined })}
        >
          {title}
          {number === undefined ? null : <span className={styles.count}>{count(number)}</span>}
        </Link>
      ))}
    </nav>
  );
}
