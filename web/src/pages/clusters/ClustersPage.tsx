/** What runs where: clusters at a glance, and services by region with their pods. */
import { useInfiniteQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { type ReactNode, useCallback, useEffect, useMemo } from "react";
import { ask } from "../../api/client";
import { Clusters, type ClustersQuery, ClusterWorkloads } from "../../api/generated";
import { absolute, relative, shortDay } from "../../lib/moment";
import { type Condition, conditionOf, conditionWord, fieldsOf, podsText, worst } from "../../lib/runtime";
import { count, counted } from "../../lib/text";
import { useAsk } from "../../shell/data";
import { EntityLink } from "../../shell/EntityLink";
import { useMoment } from "../../shell/moment";
import { Button } from "../../ui/Button";
import { Lines, Message, Panel } from "../../ui/Panel";
import { PopoverButton } from "../../ui/Popover";
import { State } from "../../ui/State";
import { type Column, Table } from "../../ui/Table";
import { useNarrow } from "../../ui/useMedia";
import styles from "./Clusters.module.css";
import { environmentsOf, type GridRow, podsOf, type Runs, regionsOf, rowsOf, usualVersion, versionOf } from "./grid";

interface ClustersSearch {
  q?: string;
  environment?: string;
  only?: string;
}

export default function ClustersPage() {
  const search = useSearch({ strict: false }) as ClustersSearch;
  const { at, day, isPast } = useMoment();
  const isNarrow = useNarrow();
  const navigate = useNavigate();
  const change = useCallback(
    (next: { [name in keyof ClustersSearch]?: string | undefined }, replace = false): void => {
      void navigate({ to: ".", search: (before: Record<string, unknown>) => ({ ...before, ...next }), replace, resetScroll: false });
    },
    [navigate],
  );
  useEffect(() => {
    document.title = `Clusters · ${shortDay(day)} · spot`;
  }, [day]);
  const clusters = useAsk(Clusters, { at: at ?? null });
  const workloads = useWorkloads(at);
  const environments = useMemo(() => environmentsOf(workloads.data ?? []), [workloads.data]);
  const environment = search.environment ?? environments[0];
  const here = useMemo(
    () => (workloads.data ?? []).filter(({ workload }) => (workload.environment ?? "") === environment),
    [workloads.data, environment],
  );
  const regions = useMemo(() => regionsOf(here), [here]);
  const all = useMemo(() => rowsOf(here, search.q ?? ""), [here, search.q]);
  const onlyTrouble = search.only === "trouble";
  const rows = useMemo(() => (onlyTrouble ? all.filter(needsLook) : all), [all, onlyTrouble]);
  const columns = useMemo(() => columnsOf(regions, isNarrow), [regions, isNarrow]);
  const trouble = all.filter(needsLook).length;

  return (
    <div className={styles.page}>
      <header className={styles.head}>
        <h1>Clusters</h1>
        <p className="quiet">
          {clusters.data && workloads.data
            ? `${counted(clusters.data.clusters.totalCount, "cluster")}, ${counted(workloads.data.length, "workload")}`
            : " "}
        </p>
      </header>
      <Panel
        answering={clusters}
        skeleton={
          <div className={styles.waiting}>
            <Lines count={3} height={28} />
          </div>
        }
        empty={({ clusters: { totalCount, hint } }) =>
          totalCount > 0 ? undefined : (
            <Message title={isPast ? "No cluster is known on this day" : "No cluster is known"} role="status">
              {hint ? <p>{hint}</p> : null}
              <p>
                Name clusters in <code>spot.toml</code> under <code>[kubernetes]</code>, by the contexts of a kubeconfig or the cluster that
                spot runs in. It needs to read only; <code>deploy/</code> has a manifest with the least rights.
              </p>
            </Message>
          )
        }
      >
        {({ clusters: { nodes } }) => (
          <>
            <ul className={styles.cards} aria-label="Clusters">
              {nodes.map((cluster) => (
                <Card key={cluster.id} cluster={cluster} workloads={workloads.data} />
              ))}
            </ul>
            <div className={styles.bar}>
              <div className={styles.tabs} role="group" aria-label="Environment">
                {environments.map((name) => (
                  <button key={name} type="button" aria-pressed={name === environment} onClick={() => change({ environment: name })}>
                    {name || "no environment"}
                  </button>
                ))}
              </div>
              <input
                type="search"
                className={styles.field}
                aria-label="Find services"
                placeholder="Find by name or owner"
                value={search.q ?? ""}
                onChange={({ target }) => change({ q: target.value || undefined }, true)}
              />
              <label className={styles.choice}>
                <input
                  type="checkbox"
                  checked={onlyTrouble}
                  onChange={({ target }) => change({ only: target.checked ? "trouble" : undefined })}
                />
                Only what is not as it should be
              </label>
              <p className={styles.count} role="status">
                {workloads.data ? `${counted(all.length, "service")}, ${count(trouble)} to look at` : " "}
              </p>
            </div>
            <div className={styles.grid}>
              <Panel
                answering={workloads}
                skeleton={<Lines count={14} height={isNarrow ? 52 : 32} />}
                empty={() =>
                  rows.length > 0 ? undefined : (
                    <Message title={onlyTrouble && all.length > 0 ? "Everything is as it should be" : "Nothing runs here"} role="status">
                      <p>
                        {search.q
                          ? "No service fits what you look for. Take the words away to see all."
                          : onlyTrouble && all.length > 0
                            ? "Every pod that there should be is ready, and regions run the same versions."
                            : "The clusters say of no workload in this environment."}
                      </p>
                    </Message>
                  )
                }
              >
                {() => (
                  <Table
                    label="Services by region"
                    columns={columns}
                    rows={rows}
                    total={rows.length}
                    rowKey={({ key }) => key}
                    topOf={`${environment} ${search.q} ${onlyTrouble} ${at}`}
                  />
                )}
              </Panel>
            </div>
          </>
        )}
      </Panel>
    </div>
  );
}

function needsLook({ condition, differs }: GridRow): boolean {
  return differs || condition === "bad" || condition === "warning";
}

/** All workloads; pages follow by themselves, and are shown when all are there. */
function useWorkloads(at: string | undefined) {
  const answering = useInfiniteQuery({
    queryKey: [ClusterWorkloads, at ?? null],
    queryFn: async ({ signal }) => {
      const all: Runs[] = [];
      let after: string | null = null;
      for (;;) {
        const { workloads }: Awaited<ReturnType<typeof page>> = await page(at, after, signal);
        all.push(...workloads.nodes);
        if (!workloads.pageInfo.hasNextPage) return all;
        after = workloads.pageInfo.endCursor;
      }
    },
    initialPageParam: null,
    getNextPageParam: () => undefined,
    placeholderData: (before) => before,
  });
  return { ...answering, data: answering.data?.pages[0] };
}

function page(at: string | undefined, after: string | null, signal: AbortSignal) {
  return ask(ClusterWorkloads, { at: at ?? null, after }, signal);
}

type Cluster = ClustersQuery["clusters"]["nodes"][number];

function Card({ cluster, workloads }: { cluster: Cluster; workloads: readonly Runs[] | undefined }) {
  const { now, zone } = useMoment();
  const fields = fieldsOf(cluster.facets.flatMap((facet) => facet.fields));
  const zones = fields.entries("nodes").map(([name, value]): [string, number] => [name, Number(value)]);
  const nodes = zones.reduce((sum, [, some]) => sum + some, 0);
  const own = workloads?.filter(({ workload }) => workload.cluster === cluster.name);
  const troubled = own?.filter(({ workload }) => ["bad", "warning"].includes(conditionOf(workload))).length ?? 0;
  return (
    <li className={styles.card} data-stale={cluster.stale}>
      <p className={styles.cardName}>
        <EntityLink to={cluster.ref}>{cluster.title ?? cluster.name}</EntityLink>
        <span className="quiet">{[fields.text("region"), fields.text("environment")].filter(Boolean).join(" · ")}</span>
      </p>
      <p className={styles.cardFacts}>
        <span className="mono">{fields.text("version") ?? "version not known"}</span>
        <span title={zones.map(([name, some]) => `${name}: ${some}`).join(", ")}>
          {zones.length > 0 ? `${counted(nodes, "node")} in ${counted(zones.length, "zone")}` : "nodes not known"}
        </span>
        <span>{own ? counted(own.length, "workload") : " "}</span>
        {troubled > 0 ? <State name="warning">{troubled} to look at</State> : null}
      </p>
      {cluster.stale ? (
        <p className={styles.cardStale}>
          <State name="stale">
            not heard from
            {cluster.lastConfirmed ? (
              <time title={absolute(cluster.lastConfirmed, zone)}> since {relative(cluster.lastConfirmed, now)}</time>
            ) : null}
          </State>
        </p>
      ) : null}
    </li>
  );
}

const SHOWN: Record<Condition, boolean> = { bad: true, warning: true, unknown: true, good: false, gone: true };

function columnsOf(regions: readonly string[], isNarrow: boolean): Column<GridRow>[] {
  const name: Column<GridRow> = {
    id: "service",
    title: "Service",
    width: "minmax(150px, 1.2fr)",
    narrow: "first",
    cell: ({ name: text, ref }) =>
      ref ? (
        <EntityLink to={ref} className={styles.name}>
          {text}
        </EntityLink>
      ) : (
        <span className={styles.name}>
          {text} <span className={styles.unlinked}>no service known</span>
        </span>
      ),
  };
  const owner: Column<GridRow> = {
    id: "owner",
    title: "Owner",
    width: "minmax(90px, 0.7fr)",
    cell: ({ owner: team }) =>
      team ? (
        <EntityLink to={team.ref} className={styles.owner}>
          {team.title ?? team.name}
        </EntityLink>
      ) : null,
  };
  if (isNarrow) {
    const pods: Column<GridRow> = { id: "pods", title: "Pods", width: "1fr", narrow: "second", cell: (row) => <AllPods row={row} /> };
    const worstCell: Column<GridRow> = {
      id: "worst",
      title: "To look at",
      width: "1fr",
      narrow: "second",
      cell: (row) => {
        const region = regions.find((each) =>
          row.cells.get(each)?.some(({ workload }) => ["bad", "warning"].includes(conditionOf(workload))),
        );
        return region === undefined ? null : <Cell row={row} region={region} isNarrow />;
      },
    };
    return [name, pods, worstCell];
  }
  return [
    name,
    owner,
    ...regions.map((region): Column<GridRow> => {
      return {
        id: region || "everywhere",
        title: region || "Everywhere",
        width: "minmax(120px, 1fr)",
        cell: (row) => <Cell row={row} region={region} />,
      };
    }),
  ];
}

/** Pods of all regions, for narrow screens. */
function AllPods({ row }: { row: GridRow }) {
  const regions = [...row.cells.values()];
  return (
    <span className={styles.pods}>
      {podsText(podsOf(regions.flat()))}
      {regions.length > 1 ? ` in ${counted(regions.length, "region")}` : null}
      {row.differs ? (
        <>
          {" "}
          <State name="warning">versions differ</State>
        </>
      ) : null}
    </span>
  );
}

/** Pods and version in one region. */
function Cell({ row, region, isNarrow = false }: { row: GridRow; region: string; isNarrow?: boolean }): ReactNode {
  const workloads = row.cells.get(region);
  if (!workloads)
    return isNarrow ? null : (
      <span className={styles.never} title="not there">
        <span aria-hidden="true">–</span>
        <span className="hidden-visually">not there</span>
      </span>
    );
  const condition = worst(workloads.map(({ workload }) => conditionOf(workload)));
  const version = versionOf(workloads);
  const isOther = row.differs && version !== usualVersion(row);
  const isStale = workloads.some(({ stale }) => stale);
  const words = workloads.map(({ workload }) => conditionWord(workload)).join(", ");
  const inside = (
    <>
      {isNarrow ? <span className="quiet">{region}</span> : null}
      {SHOWN[condition] ? (
        <State name={condition} quiet>
          {words}
        </State>
      ) : null}
      <span className={styles.pods} data-condition={condition}>
        {podsText(podsOf(workloads))}
      </span>
      {isNarrow && !isOther ? null : (
        <span className={styles.version} data-other={isOther}>
          {version}
        </span>
      )}
      {isStale ? (
        <State name="stale" quiet>
          not confirmed lately
        </State>
      ) : null}
    </>
  );
  const [only] = workloads;
  if (workloads.length === 1 && only) {
    return (
      <EntityLink to={only.ref} className={`${styles.cell} ${isStale ? styles.stale : ""}`}>
        <span className="hidden-visually">{`${row.name} in ${region}: `}</span>
        {inside}
      </EntityLink>
    );
  }
  return (
    <PopoverButton
      label={`Workloads of ${row.name} in ${region}`}
      trigger={
        <Button
          look="plain"
          className={`${styles.cell} ${isStale ? styles.stale : ""}`}
          aria-label={`${row.name} in ${region}: ${workloads.length} workloads, ${podsText(podsOf(workloads))} pods ready, ${words}`}
        >
          {inside}
          <span className={styles.many}>{counted(workloads.length, "workload")}</span>
        </Button>
      }
    >
      <ul className={styles.several}>
        {workloads.map((each) => (
          <li key={each.id} className={styles.one}>
            <EntityLink to={each.ref}>{each.name}</EntityLink> <span>{podsText(each.workload)}</span>{" "}
            <span className="mono">{each.workload.version}</span>
          </li>
        ))}
      </ul>
    </PopoverButton>
  );
}
