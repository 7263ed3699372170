import { useInfiniteQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { ask } from "../../api/client";
import {
  EntityDependents,
  type EntityDependentsQuery,
  EntityPackages,
  type EntityPackagesQuery,
  type EntityUseFragment,
} from "../../api/generated";
import { dayOf, shortDay } from "../../lib/moment";
import { count, counted } from "../../lib/text";
import { EntityLink } from "../../shell/EntityLink";
import { useMoment } from "../../shell/moment";
import { Failure, Lines } from "../../ui/Panel";
import { State } from "../../ui/State";
import { type Column, Table } from "../../ui/Table";
import { calledBy } from "./answer";
import { useEntitySearch, useNavigateSearch, useSubject } from "./context";
import { AskedLater } from "./FactPanel";
import styles from "./Lists.module.css";
import { EntityName, rowCount, UsedVersion } from "./Rows";

/** The packages that a service or repository declares and locks. */
export function Packages() {
  const { asked, at } = useSubject();
  const { q, direct } = useEntitySearch();
  const navigate = useNavigateSearch();
  const { zone } = useMoment();
  const only = direct === "yes" ? true : direct === "no" ? false : null;
  const uses = useInfiniteQuery({
    queryKey: [EntityPackages, asked, at, q, only],
    queryFn: ({ pageParam, signal }) =>
      ask(EntityPackages, { ref: asked, at: at ?? null, text: q ?? null, direct: only, after: pageParam }, signal),
    initialPageParam: null as string | null,
    getNextPageParam: ({ entity: { entity } }) => nextOf(usesOf(entity)),
    placeholderData: (before) => before,
  });
  const first = usesOf(uses.data?.pages[0]?.entity.entity ?? null);
  const rows = uses.data?.pages.flatMap((page) => usesOf(page.entity.entity)?.nodes ?? []);
  const columns: Column<EntityUseFragment>[] = [
    {
      id: "package",
      title: "Package",
      width: "minmax(200px, 2fr)",
      narrow: "first",
      cell: (use) => <EntityLink to={use.package?.ref ?? `package:${use.name}`}>{use.name}</EntityLink>,
    },
    { id: "version", title: "Version", width: "minmax(120px, 1fr)", narrow: "second", cell: (use) => <PackageVersion use={use} /> },
    {
      id: "wanted",
      title: "Asked for",
      width: "110px",
      cell: ({ requirement }) => <span className="mono quiet">{requirement ?? ""}</span>,
    },
    { id: "direct", title: "Use", width: "150px", narrow: "second", cell: (use) => <UseWords use={use} /> },
    { id: "manifest", title: "By", width: "minmax(140px, 1.4fr)", cell: ({ manifest }) => <span className="mono quiet">{manifest}</span> },
    { id: "since", title: "So since", width: "110px", numeric: true, cell: ({ since }) => shortDay(dayOf(since, zone)) },
  ];
  return (
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
        <span className="quiet" aria-live="polite">
          {first ? counted(first.totalCount, "package") : ""}
        </span>
      </div>
      <Uses
        answering={uses}
        rows={rows}
        total={first?.totalCount}
        label="Packages"
        columns={columns}
        empty={
          q || only !== null
            ? "No package fits. Take a word or the choice away."
            : "No manifest or lockfile was found on this day. Supported are those of npm, Cargo, Go, Maven, Python and others."
        }
      />
    </div>
  );
}

/** Who uses a package, at which version. */
export function Dependents() {
  const { asked, at } = useSubject();
  const { version } = useEntitySearch();
  const navigate = useNavigateSearch();
  const { zone } = useMoment();
  const uses = useInfiniteQuery({
    queryKey: [EntityDependents, asked, at, version],
    queryFn: ({ pageParam, signal }) =>
      ask(EntityDependents, { ref: asked, at: at ?? null, version: version ?? null, after: pageParam }, signal),
    initialPageParam: null as string | null,
    getNextPageParam: ({ entity: { entity } }) => nextOf(dependentsOf(entity)),
    placeholderData: (before) => before,
  });
  const first = dependentsOf(uses.data?.pages[0]?.entity.entity ?? null);
  const rows = uses.data?.pages.flatMap((page) => dependentsOf(page.entity.entity)?.nodes ?? []);
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
      id: "owner",
      title: "Owner",
      width: "minmax(100px, 1fr)",
      narrow: "second",
      cell: ({ user }) =>
        user?.owner ? <EntityLink to={user.owner.ref}>{calledBy(user.owner)}</EntityLink> : <span className="quiet">nobody</span>,
    },
    { id: "direct", title: "Use", width: "150px", cell: (use) => <UseWords use={use} /> },
    { id: "manifest", title: "By", width: "minmax(140px, 1.4fr)", cell: ({ manifest }) => <span className="mono quiet">{manifest}</span> },
    { id: "since", title: "So since", width: "110px", numeric: true, cell: ({ since }) => shortDay(dayOf(since, zone)) },
  ];
  return (
    <div>
      <div className={styles.head}>
        <SearchField label="Only this version" value={version ?? ""} onChange={(text) => navigate({ version: text.trim() || undefined })} />
        <span className="quiet" aria-live="polite">
          {first ? `${counted(first.totalCount, "use")}${version ? ` of exactly ${version}` : ""}` : ""}
        </span>
      </div>
      {rows && version === undefined ? (
        <div className={styles.kinds}>
          {versionsOf(rows).map(({ version: each, uses: number }) => (
            <button key={each} type="button" className={styles.kindLink} onClick={() => navigate({ version: each })}>
              <span className="mono">{each}</span>
              <span className="quiet">{count(number)}</span>
              <span className="hidden-visually">uses. Show only this version</span>
            </button>
          ))}
          {rows.length < (first?.totalCount ?? 0) ? <span className="quiet">among the first {count(rows.length)}</span> : null}
        </div>
      ) : null}
      <Uses
        answering={uses}
        rows={rows}
        total={first?.totalCount}
        label="Used by"
        columns={columns}
        empty={version ? `Nobody uses exactly ${version} on this day.` : "Nobody uses this package on this day."}
      />
    </div>
  );
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
  empty,
}: {
  answering: Answering;
  rows: EntityUseFragment[] | undefined;
  total: number | undefined;
  label: string;
  columns: Column<EntityUseFragment>[];
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
        rowKey={({ name, manifest, user }) => `${user?.ref ?? ""} ${manifest} ${name}`}
        onNeedMore={() => {
          if (!answering.isFetchingNextPage) void answering.fetchNextPage();
        }}
      />
    </div>
  );
}

/** The version of a package, which can be asked like every other fact. */
function PackageVersion({ use }: { use: EntityUseFragment }) {
  return (
    <AskedLater
      facet="DEPENDENCIES"
      field={`packages[${use.manifest}#${use.name}]`}
      label={`${use.name} ${use.versions.join(", ") || (use.requirement ?? "version not known")}`}
    >
      <UsedVersion use={use} />
    </AskedLater>
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

/** Versions in use, the most used first. */
function versionsOf(rows: readonly EntityUseFragment[]): { version: string; uses: number }[] {
  const counts = new Map<string, number>();
  for (const each of rows.flatMap(({ versions }) => versions)) counts.set(each, (counts.get(each) ?? 0) + 1);
  return [...counts]
    .map(([version, uses]) => ({ version, uses }))
    .sort((one, other) => other.uses - one.uses || other.version.localeCompare(one.version, "en", { numeric: true }))
    .slice(0, 12);
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
