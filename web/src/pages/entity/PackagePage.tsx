/** What is special about a package: the versions in use and how they went, weaknesses, release cycles, what was published. */
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { type ReactNode, useMemo } from "react";
import { ask } from "../../api/client";
import { EntityVersions, EntityVersionsOverTime } from "../../api/generated";
import { absolute, dayOf, earlier, relative, shortDay } from "../../lib/moment";
import { byGravity } from "../../lib/packages";
import { count, counted, decimal } from "../../lib/text";
import { useAsk } from "../../shell/data";
import { useMoment } from "../../shell/moment";
import { BehindBar } from "../../ui/Judgement";
import { Failure, Lines, Panel } from "../../ui/Panel";
import { State } from "../../ui/State";
import { type Column, Table } from "../../ui/Table";
import { TimeChart } from "../../ui/TimeChart";
import { AdvisoryList } from "./Advisories";
import { part } from "./answer";
import { Cycles } from "./Cycles";
import { useEntitySearch, useNavigateSearch, useSubject } from "./context";
import styles from "./Health.module.css";
import lists from "./Lists.module.css";
import overview from "./Overview.module.css";
import { Dependents } from "./Packages";
import { OverChoice } from "./Quality";
import { rowCount, Section } from "./Rows";
import { useOver, useSpan } from "./useTrend";
import { layerColour, sortedLayers } from "./versions";

/** A package in short. */
export function PackageOverview() {
  const { entity } = useSubject();
  const advisories = part(entity, "advisories") ?? [];
  const cycles = part(entity, "cycles") ?? [];
  return (
    <>
      <div className={overview.whole}>
        <UsesLine />
      </div>
      {cycles.length > 0 ? (
        <div className={overview.whole}>
          <Section title="Release cycles" total={cycles.length}>
            <div className={styles.health}>
              <Cycles cycles={cycles} />
            </div>
          </Section>
        </div>
      ) : null}
      <div className={overview.column}>
        <VersionsInUse />
        {advisories.length > 0 ? (
          <Section title="Published weaknesses" total={advisories.length} aside={<span className="quiet">of versions in use</span>}>
            <div className={styles.health}>
              <AdvisoryList advisories={byGravity(advisories)} />
            </div>
          </Section>
        ) : null}
      </div>
      <div className={overview.column}>
        <VersionsOverTime />
      </div>
      <div className={overview.whole}>
        <h2>Used by</h2>
        <Dependents />
      </div>
    </>
  );
}

/** How many use it, and how far behind they are. */
function UsesLine() {
  const { entity } = useSubject();
  const uses = part(entity, "usesCount") ?? 0;
  const users = part(entity, "usersCount") ?? 0;
  const outdated = part(entity, "outdated");
  if (uses === 0) return <p className="quiet">Nobody uses it on this day.</p>;
  return (
    <div className={styles.bar}>
      <p className={styles.summary}>
        Used by <strong>{counted(users, "service or repository", "services and repositories")}</strong> in {counted(uses, "manifest")}
        {outdated && outdated.known > 0 ? (
          <>
            : <strong>{count(outdated.current)}</strong> at the newest version, <strong>{count(outdated.outdated)}</strong> behind
            {outdated.libyears ? ` by ${decimal(outdated.libyears)} libyears in all` : ""}
            {outdated.vulnerable ? (
              <>
                , <strong>{count(outdated.vulnerable)}</strong> at a version with a published weakness
              </>
            ) : null}
            .
          </>
        ) : (
          ". How far behind they are is not known: no registry was asked for it."
        )}
      </p>
      {outdated && outdated.known > 0 ? <BehindBar counts={outdated} /> : null}
    </div>
  );
}

const SHOWN = 10;

/** The versions in use as bars; a click leads to who uses one. */
function VersionsInUse() {
  const { entity } = useSubject();
  const versions = part(entity, "versionsInUse") ?? [];
  const latest = part(entity, "latest");
  const advisories = part(entity, "advisories") ?? [];
  const weak = new Set(advisories.flatMap(({ affected }) => affected));
  const most = Math.max(1, ...versions.map(({ count: uses }) => uses));
  if (versions.length === 0) return null;
  return (
    <Section title="Versions in use" total={versions.length}>
      <ol className={styles.useList}>
        {versions.slice(0, SHOWN).map(({ version, count: uses }) => {
          const isWeak = version !== null && weak.has(version);
          const isLatest = version !== null && version === latest;
          return (
            <li key={version ?? "none"}>
              <VersionLink version={version}>
                <span className="mono">{version ?? "only a range"}</span>
                <span
                  className={styles.useBar}
                  data-look={isWeak ? "vulnerable" : isLatest || !latest ? "latest" : "old"}
                  style={{ width: `${Math.max(1, (uses / most) * 100)}%` }}
                  aria-hidden="true"
                />
                <span className={styles.useCount}>
                  {isWeak ? <State name="bad">vulnerable</State> : isLatest ? <State name="good">latest</State> : null}
                  <strong>{count(uses)}</strong>
                </span>
              </VersionLink>
            </li>
          );
        })}
      </ol>
      {versions.length > SHOWN ? (
        <Link to="." search={(search: Record<string, unknown>) => ({ ...search, tab: "versions" })} resetScroll={false}>
          All {count(versions.length)}
        </Link>
      ) : null}
    </Section>
  );
}

function VersionLink({ version, children }: { version: string | null; children: ReactNode }) {
  const { version: chosen } = useEntitySearch();
  return (
    <Link
      aria-current={version !== null && version === chosen ? "true" : undefined}
      activeProps={{}}
      to="."
      search={(search: Record<string, unknown>) => ({ ...search, version: version ?? undefined, team: undefined })}
      resetScroll={false}
      className={styles.useLink}
      title={version === null ? "Show who uses it" : `Show who uses ${version}`}
    >
      {children}
    </Link>
  );
}

/** How many manifests used which version, week by week. */
function VersionsOverTime() {
  const { asked, at } = useSubject();
  const { day } = useMoment();
  const over = useOver();
  const { from, to } = useSpan(over);
  const answering = useAsk(EntityVersionsOverTime, { ref: asked, at: at ?? null, from, to, every: "WEEK" });
  const entity = answering.data?.entity.entity;
  const found = entity && "versionsOverTime" in entity ? entity.versionsOverTime : undefined;
  const layers = useMemo(() => sortedLayers(found ?? []), [found]);
  const days = found?.[0]?.points.map(({ lastDay }) => earlier(lastDay, day)) ?? [];
  return (
    <section className={styles.chart}>
      <div className={styles.chartHead}>
        <h2>Versions over time</h2>
        <span className="quiet">newest on top</span>
        <OverChoice />
      </div>
      <Panel
        answering={answering}
        skeleton={<Lines count={6} height={36} />}
        empty={() => (layers.length === 0 ? <p className="quiet">Nobody used it in this time.</p> : undefined)}
      >
        {() => (
          <TimeChart
            label={`Versions in use ${over.words}`}
            days={days}
            shape="layers"
            series={layers.map(({ version, points }, place) => ({
              id: version ?? "others",
              name: version ?? "others",
              colour: layerColour(version, place, layers.length),
              values: points.map(({ value }) => value),
            }))}
            format={(value) => count(Math.round(value))}
            height={200}
          />
        )}
      </Panel>
    </section>
  );
}

type Version = { version: string; publishedAt: string | null; latest: boolean; deprecated: string | null; usesCount: number };

/** Published versions from the oldest one in use on, newest first. */
export function Versions() {
  const { asked, at, entity } = useSubject();
  const { now, zone, isPast } = useMoment();
  const advisories = part(entity, "advisories") ?? [];
  const navigate = useNavigateSearch();
  const { version: chosen } = useEntitySearch();
  const versions = useInfiniteQuery({
    queryKey: [EntityVersions, asked, at],
    queryFn: ({ pageParam, signal }) => ask(EntityVersions, { ref: asked, at: at ?? null, after: pageParam }, signal),
    initialPageParam: null as string | null,
    getNextPageParam: ({ entity: { entity: found } }) => {
      const page = found && "versions" in found ? found.versions : undefined;
      return page?.pageInfo.hasNextPage ? page.pageInfo.endCursor : null;
    },
  });
  const pages = versions.data?.pages.map(({ entity: { entity: found } }) => (found && "versions" in found ? found.versions : undefined));
  const total = pages?.[0]?.totalCount;
  const rows = pages?.flatMap((page) => page?.nodes ?? []);
  const columns: Column<Version>[] = [
    {
      id: "version",
      title: "Version",
      width: "minmax(140px, 1fr)",
      narrow: "first",
      cell: ({ version }) => <span className="mono">{version}</span>,
    },
    {
      id: "published",
      title: "Published",
      width: "140px",
      narrow: "second",
      cell: ({ publishedAt }) =>
        publishedAt ? (
          <time dateTime={publishedAt} title={isPast ? absolute(publishedAt, zone) : relative(publishedAt, now)}>
            {shortDay(dayOf(publishedAt, zone))}
          </time>
        ) : (
          <span className="quiet">not known</span>
        ),
    },
    {
      id: "uses",
      title: "Uses",
      width: "110px",
      numeric: true,
      narrow: "second",
      cell: ({ version, usesCount }) =>
        usesCount === 0 ? (
          <span className={styles.faint}>none</span>
        ) : (
          <button
            type="button"
            className={styles.linkLike}
            title={`Show who uses ${version}`}
            onClick={() => navigate({ version, tab: "dependents" })}
          >
            {counted(usesCount, "use")}
          </button>
        ),
    },
    {
      id: "state",
      title: "State",
      width: "minmax(200px, 2fr)",
      narrow: "second",
      cell: ({ version, latest, deprecated }) => {
        const weak = advisories.filter(({ affected }) => affected.includes(version));
        return (
          <span className={styles.marks}>
            {latest ? <State name="good">latest</State> : null}
            {weak.length > 0 ? (
              <span title={weak.map(({ id }) => id).join(", ")}>
                <State name="bad">{counted(weak.length, "published weakness", "published weaknesses")}</State>
              </span>
            ) : null}
            {deprecated === null ? null : (
              <span title={deprecated}>
                <State name="warning">deprecated{deprecated ? `: ${deprecated}` : ""}</State>
              </span>
            )}
          </span>
        );
      },
    },
  ];
  if (rows === undefined || total === undefined) {
    if (versions.error) return <Failure error={versions.error} retry={() => versions.refetch()} isRetrying={versions.isFetching} />;
    return <Lines count={10} />;
  }
  if (total === 0) return <p className="quiet">No version is known on this day: no registry was asked, and nobody uses an exact one.</p>;
  return (
    <div>
      <p className="quiet">From the oldest version in use on. Those in use lead to who uses them.</p>
      <div className={lists.table} style={rowCount(Math.min(total, 500))}>
        <Table
          label="Published versions"
          columns={columns}
          rows={rows}
          total={total}
          rowKey={({ version }) => version}
          rowClass={({ version, usesCount }) => (version === chosen ? styles.chosen : usesCount > 0 ? styles.inUse : undefined)}
          onNeedMore={() => {
            if (!versions.isFetchingNextPage) void versions.fetchNextPage();
          }}
        />
      </div>
    </div>
  );
}
