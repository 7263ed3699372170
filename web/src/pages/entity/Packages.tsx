import { useInfiniteQuery } from "@tanstack/react-query";
import { useEffect, useMemo, useState } from "react";
import { ask } from "../../api/client";
import {
  EntityDependents,
  type EntityDependentsQuery,
  EntityPackages,
  type EntityPackagesQuery,
  type EntityUseFragment,
} from "../../api/generated";
import { nameOf } from "../../lib/entity";
import { behindText } from "../../lib/packages";
import { count, counted, decimal } from "../../lib/text";
import { EntityLink } from "../../shell/EntityLink";
import { BehindMark } from "../../ui/Judgement";
import { Failure, Lines } from "../../ui/Panel";
import { State } from "../../ui/State";
import { type Column, type Sorting, Table } from "../../ui/Table";
import { calledBy, part } from "./answer";
import { useEntitySearch, useNavigateSearch, useSubject } from "./context";
import { AgeTrend, InstalledAndLatest, OutdatedLine, Troubles, UseSince } from "./Dependencies";
import health from "./Health.module.css";
import styles from "./Lists.module.css";
import { keyOf, ONLY, type Only, orderOf, readOnly, readSort, worstFirst, writeSort } from "./packages";
import { EntityName, rowCount, UsedVersion } from "./Rows";

const WORDS: Record<Only, string> = { outdated: "outdated", vulnerable: "vulnerable", deprecated: "deprecated", endoflife: "end of life" };

/** The packages that a service or repository declares and locks, what hurts most first. */
export function Packages() {
  const { entity, asked, at } = useSubject();
  const search = useEntitySearch();
  const { q, direct } = search;
  const navigate = useNavigateSearch();
  const declared = direct === "yes" ? true : direct === "no" ? false : null;
  const only = readOnly(search.only);
  const sorting = readSort(search.sort);
  const outdated = part(entity, "outdated");
  const all = part(entity, "allOutdated");
  const variables = {
    ref: asked,
    at: at ?? null,
    text: q ?? null,
    direct: declared,
    outdated: only === "outdated",
    vulnerable: only === "vulnerable",
    deprecated: only === "deprecated",
    endOfLife: only === "endoflife",
    orderBy: orderOf(sorting),
  };
  const isWorstFirst = sorting === undefined;
  const uses = useInfiniteQuery({
    queryKey: [EntityPackages, variables],
    // What hurts most comes with the first page; further ones bring only the others.
    queryFn: ({ pageParam, signal }) =>
      ask(EntityPackages, { ...variables, head: isWorstFirst && only === undefined && pageParam === null, after: pageParam }, signal),
    initialPageParam: null as string | null,
    getNextPageParam: ({ entity: { entity: found } }) => nextOf(usesOf(found)),
    placeholderData: (before) => before,
  });
  const first = usesOf(uses.data?.pages[0]?.entity.entity ?? null);
  const rows = useMemo(() => {
    const found = uses.data?.pages.flatMap((page) => usesOf(page.entity.entity)?.nodes ?? []);
    if (!found || !isWorstFirst) return found;
    return worstFirst(headOf(uses.data?.pages[0]?.entity.entity ?? null), found);
  }, [uses.data, isWorstFirst]);
  const columns: Column<EntityUseFragment>[] = [
    {
      id: "package",
      title: "Package",
      width: "minmax(170px, 1.8fr)",
      narrow: "first",
      sortable: true,
      cell: (use) => <EntityLink to={use.package?.ref ?? `package:${use.name}`}>{use.name}</EntityLink>,
    },
    {
      id: "version",
      title: "Installed → latest",
      width: "minmax(150px, 1.3fr)",
      narrow: "second",
      cell: (use) => <InstalledAndLatest use={use} />,
    },
    {
      id: "behind",
      title: "Behind",
      width: "96px",
      narrow: "second",
      sortable: true,
      cell: ({ behind, releasesBehind }) => <BehindMark behind={behind} title={behindText(behind, releasesBehind)} />,
    },
    {
      id: "libyears",
      title: "Libyears",
      width: "84px",
      numeric: true,
      sortable: true,
      cell: ({ libyears }) => (libyears ? decimal(libyears) : <span className="quiet">{libyears === 0 ? "0" : ""}</span>),
    },
    {
      id: "troubles",
      title: "Against it",
      width: "minmax(150px, 1.2fr)",
      narrow: "second",
      cell: (use) => (
        <span className={health.marks}>
          <Troubles use={use} isShort />
        </span>
      ),
    },
    { id: "direct", title: "Use", width: "140px", cell: (use) => <UseWords use={use} /> },
    {
      id: "manifest",
      title: "By",
      width: "minmax(110px, 1fr)",
      sortable: true,
      cell: ({ manifest }) => (
        <span className="mono quiet" title={manifest}>
          {manifest}
        </span>
      ),
    },
    { id: "since", title: "So since", width: "104px", numeric: true, cell: ({ since }) => <UseSince since={since} /> },
  ];
  const counts: Record<Only, number | null | undefined> = {
    outdated: all?.outdated,
    vulnerable: all?.vulnerable,
    deprecated: all?.deprecated,
    endoflife: all?.endOfLife,
  };
  return (
    <div className={health.tab}>
      {outdated && outdated.known > 0 ? (
        <>
          <OutdatedLine outdated={outdated} />
          <AgeTrend />
        </>
      ) : null}
      <div>
        <div className={styles.head}>
          <SearchField label="Find a package" value={q ?? ""} onChange={(text) => navigate({ q: text || undefined })} />
          <label className={styles.choice}>
            Show
            <select
              className={styles.field}
              style={{ width: "auto" }}
              value={direct ?? ""}
              onChange={(event) => navigate({ direct: event.target.value || undefined })}
            >
              <option value="">all packages</option>
              <option value="yes">declared by itself</option>
              <option value="no">brought in by others</option>
            </select>
          </label>
          <span className={health.chips} role="group" aria-label="Only those that are">
            {ONLY.map((each) =>
              counts[each] || only === each ? (
                <button
                  key={each}
                  type="button"
                  className={health.chip}
                  aria-pressed={only === each}
                  onClick={() => navigate({ only: only === each ? undefined : each })}
                >
                  <strong>{count(counts[each] ?? 0)}</strong> {WORDS[each]}
                </button>
              ) : null,
            )}
          </span>
          <span className="quiet" aria-live="polite">
            {first ? counted(first.totalCount, "package") : ""}
          </span>
          {isWorstFirst ? (
            <span className="quiet">what hurts most first</span>
          ) : (
            <button type="button" className={health.chip} onClick={() => navigate({ sort: undefined })}>
              What hurts most first
            </button>
          )}
        </div>
        <Uses
          answering={uses}
          rows={rows}
          total={first?.totalCount}
          label="Packages"
          columns={columns}
          {...(sorting ? { sorting } : {})}
          onSort={(asked) =>
            navigate({ sort: writeSort(sorting?.column === asked.column ? asked : { ...asked, descending: MOST_FIRST.has(asked.column) }) })
          }
          topOf={JSON.stringify(variables)}
          empty={
            q || declared !== null || only
              ? "No package fits. Take a word or a choice away."
              : "No manifest or lockfile was found on this day. Supported are those of npm, Cargo, Go, Maven, Python and others."
          }
        />
      </div>
    </div>
  );
}

const MOST_FIRST = new Set(["behind", "libyears"]);

/** Who uses a package, at which version. */
export function Dependents() {
  const { asked, at } = useSubject();
  const { version, team } = useEntitySearch();
  const navigate = useNavigateSearch();
  const uses = useInfiniteQuery({
    queryKey: [EntityDependents, asked, at, version],
    queryFn: ({ pageParam, signal }) =>
      ask(EntityDependents, { ref: asked, at: at ?? null, version: version ?? null, after: pageParam }, signal),
    initialPageParam: null as string | null,
    getNextPageParam: ({ entity: { entity } }) => nextOf(dependentsOf(entity)),
    placeholderData: (before) => before,
  });
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = uses;
  // The server does not know whose uses are asked for: to leave out the others, all must be there.
  useEffect(() => {
    if (team !== undefined && hasNextPage && !isFetchingNextPage) void fetchNextPage();
  }, [team, hasNextPage, isFetchingNextPage, fetchNextPage]);
  const first = dependentsOf(uses.data?.pages[0]?.entity.entity ?? null);
  const loaded = useMemo(() => uses.data?.pages.flatMap((page) => dependentsOf(page.entity.entity)?.nodes ?? []), [uses.data]);
  const owners = useMemo(() => ownersOf(loaded ?? []), [loaded]);
  const rows = team === undefined ? loaded : loaded?.filter(({ user }) => (user?.owner?.ref ?? NOBODY) === team);
  const total = team === undefined ? first?.totalCount : hasNextPage ? undefined : rows?.length;
  const columns: Column<EntityUseFragment>[] = [
    {
      id: "user",
      title: "Used by",
      width: "minmax(180px, 2fr)",
      narrow: "first",
      cell: ({ user }) => (user ? <EntityName entity={user} withKind /> : <span className="quiet">no longer there</span>),
    },
    {
      id: "version",
      title: "Version",
      width: "minmax(110px, 1fr)",
      narrow: "second",
      cell: (use) =>
        use.versions.length === 1 && use.versions[0] !== version ? (
          <button type="button" onClick={() => navigate({ version: use.versions[0] })} title="Show only this version">
            <UsedVersion use={use} />
          </button>
        ) : (
          <UsedVersion use={use} />
        ),
    },
    {
      id: "behind",
      title: "Behind",
      width: "96px",
      narrow: "second",
      cell: ({ behind, releasesBehind }) => <BehindMark behind={behind} title={behindText(behind, releasesBehind)} />,
    },
    {
      id: "troubles",
      title: "Against it",
      width: "minmax(130px, 0.9fr)",
      cell: (use) => (
        <span className={health.marks}>
          <Troubles use={use} isShort />
        </span>
      ),
    },
    {
      id: "owner",
      title: "Owner",
      width: "minmax(100px, 1fr)",
      narrow: "second",
      cell: ({ user }) =>
        user?.owner ? <EntityLink to={user.owner.ref}>{calledBy(user.owner)}</EntityLink> : <span className="quiet">nobody</span>,
    },
    { id: "direct", title: "Use", width: "140px", cell: (use) => <UseWords use={use} /> },
    {
      id: "manifest",
      title: "By",
      width: "minmax(120px, 1.2fr)",
      cell: ({ manifest }) => <span className="mono quiet">{manifest}</span>,
    },
    { id: "since", title: "So since", width: "104px", numeric: true, cell: ({ since }) => <UseSince since={since} /> },
  ];
  return (
    <div>
      <div className={styles.head}>
        <SearchField label="Only this version" value={version ?? ""} onChange={(text) => navigate({ version: text.trim() || undefined })} />
        <label className={styles.choice}>
          Owner
          <select
            className={styles.field}
            style={{ width: "auto", maxWidth: 220 }}
            value={team ?? ""}
            onChange={(event) => navigate({ team: event.target.value || undefined })}
          >
            <option value="">anybody</option>
            {team !== undefined && !owners.some(({ ref }) => ref === team) ? <option value={team}>{nameOf(team)}</option> : null}
            {owners.map(({ ref, name, uses: number }) => (
              <option key={ref} value={ref}>
                {name} ({count(number)}
                {hasNextPage ? " or more" : ""})
              </option>
            ))}
          </select>
        </label>
        <span className="quiet" aria-live="polite">
          {total === undefined ? "" : `${counted(total, "use")}${version ? ` of exactly ${version}` : ""}`}
        </span>
      </div>
      <Uses
        answering={uses}
        rows={rows}
        total={total}
        label="Used by"
        columns={columns}
        topOf={`${version ?? ""} ${team ?? ""}`}
        empty={
          team
            ? "Nothing that this owner has uses it so on this day."
            : version
              ? `Nobody uses exactly ${version} on this day.`
              : "Nobody uses this package on this day."
        }
      />
    </div>
  );
}

const NOBODY = "nobody";

/** Who owns those that use a package, most uses first. */
function ownersOf(rows: readonly EntityUseFragment[]): { ref: string; name: string; uses: number }[] {
  const found = new Map<string, { ref: string; name: string; uses: number }>();
  for (const { user } of rows) {
    const ref = user?.owner?.ref ?? NOBODY;
    const known = found.get(ref) ?? { ref, name: user?.owner ? calledBy(user.owner) : "nobody", uses: 0 };
    known.uses += 1;
    found.set(ref, known);
  }
  return [...found.values()].sort((one, other) => other.uses - one.uses || one.name.localeCompare(other.name));
}

interface Answering {
  error: Error | null;
  isFetching: boolean;
  isFetchingNextPage: boolean;
  refetch: () => unknown;
  fetchNextPage: () => unknown;
}

function Uses({
  answering,
  rows,
  total,
  label,
  columns,
  sorting,
  onSort,
  topOf,
  empty,
}: {
  answering: Answering;
  rows: EntityUseFragment[] | undefined;
  total: number | undefined;
  label: string;
  columns: Column<EntityUseFragment>[];
  sorting?: Sorting;
  onSort?: (sorting: Sorting) => void;
  topOf?: string;
  empty: string;
}) {
  if (rows === undefined || total === undefined) {
    if (answering.error) return <Failure error={answering.error} retry={answering.refetch} isRetrying={answering.isFetching} />;
    return <Lines count={10} />;
  }
  if (total === 0) return <p className={styles.nothing}>{empty}</p>;
  return (
    <div className={styles.table} style={rowCount(Math.min(total, 500))}>
      <Table
        label={label}
        columns={columns}
        rows={rows}
        total={total}
        rowKey={keyOf}
        {...(sorting ? { sorting } : {})}
        {...(onSort ? { onSort } : {})}
        {...(topOf === undefined ? {} : { topOf })}
        onNeedMore={() => {
          if (!answering.isFetchingNextPage) void answering.fetchNextPage();
        }}
      />
    </div>
  );
}

/** A search field that waits for the end of a word. */
export function SearchField({ label, value, onChange }: { label: string; value: string; onChange: (text: string) => void }) {
  const [text, setText] = useState(value);
  useEffect(() => setText(value), [value]);
  useEffect(() => {
    if (text === value) return;
    const timer = setTimeout(() => onChange(text), 250);
    return () => clearTimeout(timer);
  }, [text, value, onChange]);
  return (
    <input
      type="search"
      aria-label={label}
      placeholder={label}
      value={text}
      onChange={(event) => setText(event.target.value)}
      className={styles.field}
      maxLength={200}
    />
  );
}

/** How a package is used, in words. */
function UseWords({ use: { direct, scope } }: { use: EntityUseFragment }) {
  const words = [scope, direct === true ? "declared" : direct === false ? "brought in" : undefined].filter(Boolean).join(", ");
  return words === "" ? (
    <State name="unknown" quiet>
      not known
    </State>
  ) : (
    <span className="quiet">{words}</span>
  );
}

/** What hurts most, as far as it came with the first page. */
function headOf(entity: EntityPackagesQuery["entity"]["entity"]): EntityUseFragment[] {
  if (!entity || !("packages" in entity)) return [];
  return [entity.vulnerable, entity.endOfLife, entity.deprecated].flatMap((found) => found?.nodes ?? []);
}

function usesOf(entity: EntityPackagesQuery["entity"]["entity"]) {
  return entity && "packages" in entity ? entity.packages : undefined;
}

function dependentsOf(entity: EntityDependentsQuery["entity"]["entity"]) {
  return entity && "dependents" in entity ? entity.dependents : undefined;
}

function nextOf(connection: { pageInfo: { hasNextPage: boolean; endCursor: string | null } } | undefined): string | null {
  return connection?.pageInfo.hasNextPage ? connection.pageInfo.endCursor : null;
}
