/** What stands in production and how many pods are ready, by service: asked for beside the list, so that it never waits. */
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { ask } from "../../api/client";
import { ClusterWorkloads, type ClusterWorkloadsQuery, Deployed, type DeployedQuery } from "../../api/generated";
import { type Condition, conditionOf, worst } from "../../lib/runtime";

/** What is known of one service. */
export interface RowStanding {
  /** The versions in production, each once; several if regions differ. */
  versions: string[];
  /** When the newest of them came. */
  deployedAt: string | undefined;
  ready: number;
  desired: number;
  /** How its workloads in production are; nothing if none is known. */
  condition: Condition | undefined;
}

type Node = DeployedQuery["deployed"]["nodes"][number];
type Runs = ClusterWorkloadsQuery["workloads"]["nodes"][number];

/** Puts versions and pods together, by the id of the service. Only production counts. */
export function standingsOf(deployed: readonly Node[], workloads: readonly Runs[]): Map<string, RowStanding> {
  const found = new Map<string, RowStanding>();
  const of = (id: string): RowStanding => {
    const known = found.get(id) ?? { versions: [], deployedAt: undefined, ready: 0, desired: 0, condition: undefined };
    found.set(id, known);
    return known;
  };
  for (const { entity, versions } of deployed) {
    if (!entity) continue;
    for (const { environment, version, since } of versions) {
      if (environment !== PRODUCTION) continue;
      const standing = of(entity.id);
      if (version !== null && !standing.versions.includes(version)) standing.versions.push(version);
      if (since !== null && (standing.deployedAt === undefined || since > standing.deployedAt)) standing.deployedAt = since;
    }
  }
  for (const { service, workload } of workloads) {
    if (!service || workload.environment !== PRODUCTION || workload.desired === null) continue;
    const standing = of(service.id);
    standing.ready += workload.ready ?? 0;
    standing.desired += workload.desired;
    const condition = conditionOf(workload);
    standing.condition = standing.condition === undefined ? condition : worst([standing.condition, condition]);
  }
  return found;
}

const PRODUCTION = "production";

/** Asks for both, page after page, as far as a column needs them. */
export function useStandings(at: string | undefined, needs: { versions: boolean; pods: boolean }): Map<string, RowStanding> {
  const moment = at ?? null;
  const deployed = useQuery({
    queryKey: [Deployed, "catalog", moment],
    queryFn: ({ signal }) =>
      allPages(async (after) => {
        const asked = { at: moment, filter: null, environment: PRODUCTION, drifting: false, after };
        return (await ask(Deployed, asked, signal)).deployed;
      }),
    enabled: needs.versions,
    placeholderData: keepPreviousData,
  });
  const workloads = useQuery({
    queryKey: [ClusterWorkloads, "catalog", moment],
    queryFn: ({ signal }) => allPages(async (after) => (await ask(ClusterWorkloads, { at: moment, after }, signal)).workloads),
    enabled: needs.pods,
    placeholderData: keepPreviousData,
  });
  return useMemo(() => standingsOf(deployed.data ?? [], workloads.data ?? []), [deployed.data, workloads.data]);
}

interface Page<Each> {
  nodes: Each[];
  pageInfo: { hasNextPage: boolean; endCursor: string | null };
}

async function allPages<Each>(load: (after: string | null) => Promise<Page<Each>>): Promise<Each[]> {
  const all: Each[] = [];
  let after: string | null = null;
  for (;;) {
    const page: Page<Each> = await load(after);
    all.push(...page.nodes);
    if (!page.pageInfo.hasNextPage) return all;
    after = page.pageInfo.endCursor;
  }
}
