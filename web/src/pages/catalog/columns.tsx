import type { ReactNode } from "react";
import { inWords, withoutKind } from "../../lib/change";
import type { FilterKey, Term } from "../../lib/filter";
import { absolute, dayOf, relative, shortDay } from "../../lib/moment";
import { bareName, outdatedSentence, outdatedText, worstSeverity } from "../../lib/packages";
import { count, counted, decimal, percent } from "../../lib/text";
import { BehindBar, CountMark, GateMark, SeverityMark } from "../../ui/Judgement";
import { State } from "../../ui/State";
import type { Column } from "../../ui/Table";
import { ORDERS } from "./address";
import styles from "./Catalog.module.css";
import type { List, Named, Row } from "./lists";
import type { RowStanding } from "./useStandings";

/** What cells need of the page: the day, the filter, and what a click does. */
export interface CellContext {
  now: string;
  zone: string;
  /** The day that is looked at. */
  day: string;
  isPast: boolean;
  isActive: (term: Term) => boolean;
  toggle: (term: Term) => void;
  /** The address of an entity's page. */
  hrefOf: (ref: string) => string | undefined;
  openChange: (row: Row, anchor: Element) => void;
  /** What stands in production; nothing, if that is not known. */
  standing?: (row: Row) => RowStanding | undefined;
}

/** A column of the catalog: how it is shown, and what stands in its place in a file. */
export interface CatalogColumn {
  id: string;
  title: string;
  width: string;
  numeric?: boolean;
  narrow?: "first" | "second" | "hidden";
  cell: (row: Row, context: CellContext) => ReactNode;
  /** It is asked for beside the rows, so that no file can have it. */
  isBeside?: boolean;
  text: (row: Row) => string | number | null;
}

/** Every column that the list can show. */
export function columnsOf(list: List): CatalogColumn[] {
  const own = list.columns;
  const further = FURTHER[list.name] ?? [];
  return ORDER.filter((id) => own.includes(id) || further.includes(id) || id === "confirmed").map((id) => {
    const column = ALL[id];
    if (!column) throw new Error(`there is no column ${id}`);
    return { id, ...column };
  });
}

/** What a narrow screen has no room for beside these. */
const LEFT_OUT: Record<string, string[]> = { gate: ["type", "outdated", "changed"], weaknesses: ["latest", "changed"] };

/** The columns as the table takes them. */
export function tableColumns(columns: CatalogColumn[], context: CellContext): Column<Row>[] {
  const left = new Set(columns.flatMap(({ id }) => LEFT_OUT[id] ?? []));
  return columns.map(({ id, title, width, numeric = false, narrow = "hidden", cell }) => ({
    id,
    title,
    width,
    numeric,
    narrow: left.has(id) ? "hidden" : narrow,
    sortable: Object.hasOwn(ORDERS, id),
    cell: (row) => cell(row, context),
  }));
}

/** Columns that a list has beyond those that it begins with. */
const FURTHER: Partial<Record<List["name"], string[]>> = {
  services: ["deployed", "lifecycle", "languages", "version", "libyears", "topics", "description"],
  repositories: ["status", "type", "visibility", "licence", "libyears", "topics", "description"],
  teams: ["topics", "description"],
  people: ["description"],
  systems: ["topics", "description"],
  domains: ["topics", "description"],
  apis: ["status", "topics", "description"],
  resources: ["lifecycle", "status", "topics", "description"],
  packages: ["users", "licence", "internal", "registry", "description"],
};

/** Columns that stay empty unless there is a source of this kind: not among those to begin with then. */
const NEEDS: Record<string, string> = {
  gate: "sonarqube",
  coverage: "sonarqube",
  outdated: "packages",
  vulnerable: "packages",
  libyears: "packages",
  latest: "packages",
  published: "packages",
  weaknesses: "packages",
};

/** Columns that are asked for beside the rows: shown only once it is known that a cluster is read. */
const RUNS = new Set(["production", "pods"]);

/** Columns that make room for measures, where there are any: other columns say about the same. */
const UNLESS_MEASURED = new Set(["repository", "services", "version"]);

function InProduction({ standing }: { standing: RowStanding | undefined }) {
  const [first, ...others] = standing?.versions ?? [];
  if (first === undefined) return null;
  if (others.length === 0) return <span className="mono">{first}</span>;
  return (
    <span title={[first, ...others].join(", ")}>
      <State name="warning">{others.length + 1} versions</State>
    </span>
  );
}

function PodsReady({ standing }: { standing: RowStanding | undefined }) {
  if (standing?.condition === undefined) return null;
  const text = `${standing.ready}/${standing.desired}`;
  return standing.condition === "good" ? <span className="quiet">{text}</span> : <State name={standing.condition}>{text}</State>;
}

/** The columns to begin with, where these kinds of sources are there; all of them, as long as that is not known. */
export function usualColumns({ columns }: Pick<List, "columns">, collectors: ReadonlySet<string> | undefined): string[] {
  const isThere = (id: string): boolean => {
    if (RUNS.has(id)) return collectors?.has("kubernetes") ?? false;
    const needed = NEEDS[id];
    return needed === undefined || !collectors || collectors.has(needed);
  };
  const isMeasured = columns.some((id) => NEEDS[id] !== undefined && isThere(id));
  return columns.filter((id) => isThere(id) && !(isMeasured && UNLESS_MEASURED.has(id)));
}

/** The order of columns, whichever are shown. */
const ORDER = [
  "name",
  "ecosystem",
  "owner",
  "type",
  "status",
  "lifecycle",
  "gate",
  "coverage",
  "uses",
  "users",
  "inuse",
  "latest",
  "published",
  "outdated",
  "libyears",
  "vulnerable",
  "weaknesses",
  "internal",
  "registry",
  "parent",
  "system",
  "domain",
  "teams",
  "languages",
  "repository",
  "topics",
  "description",
  "members",
  "services",
  "repositories",
  "systems",
  "apis",
  "resources",
  "version",
  "production",
  "pods",
  "deployed",
  "visibility",
  "licence",
  "email",
  "commit",
  "confirmed",
  "changed",
];

const ALL: Record<string, Omit<CatalogColumn, "id">> = {
  name: {
    title: "Name",
    width: "minmax(200px, 2.2fr)",
    narrow: "first",
    cell: (row, context) => <Name row={row} context={context} />,
    text: ({ name }) => name,
  },
  ecosystem: {
    title: "Ecosystem",
    width: "minmax(90px, 0.6fr)",
    narrow: "second",
    cell: ({ ecosystem }, context) => <Value of="ecosystem" value={ecosystem} context={context} />,
    text: ({ ecosystem }) => ecosystem ?? null,
  },
  owner: {
    title: "Owner",
    width: "minmax(124px, 1fr)",
    narrow: "second",
    cell: ({ owner }, context) => <Owner owner={owner} context={context} />,
    text: ({ owner }) => owner?.ref ?? null,
  },
  type: {
    title: "Type",
    width: "minmax(84px, 0.6fr)",
    narrow: "second",
    cell: ({ type }, context) => <Value of="type" value={type} context={context} />,
    text: ({ type }) => type,
  },
  status: {
    title: "Status",
    width: "minmax(122px, 0.7fr)",
    cell: ({ status }, context) => <Status status={status} context={context} />,
    text: ({ status }) => status,
  },
  lifecycle: {
    title: "Lifecycle",
    width: "minmax(108px, 0.7fr)",
    cell: ({ lifecycle }, context) => <Value of="lifecycle" value={lifecycle} context={context} />,
    text: ({ lifecycle }) => lifecycle,
  },
  parent: {
    title: "Part of",
    width: "minmax(110px, 1fr)",
    narrow: "second",
    cell: ({ parent }, context) => <Ref of="parent" to={parent} context={context} />,
    text: ({ parent }) => parent?.ref ?? null,
  },
  system: {
    title: "System",
    width: "minmax(96px, 0.8fr)",
    cell: ({ system }, context) => <Ref of="system" to={system} context={context} />,
    text: ({ system }) => system?.ref ?? null,
  },
  domain: {
    title: "Domain",
    width: "minmax(96px, 0.8fr)",
    narrow: "second",
    cell: ({ domain }, context) => <Ref of="domain" to={domain} context={context} />,
    text: ({ domain }) => domain?.ref ?? null,
  },
  teams: {
    title: "Teams",
    width: "minmax(140px, 1.4fr)",
    narrow: "second",
    cell: ({ teams = [] }, context) =>
      teams.map((team, place) => (
        <span key={team.ref}>
          {place > 0 ? ", " : ""}
          <Ref of="member" to={team} context={context} />
        </span>
      )),
    text: ({ teams = [] }) => teams.map(({ ref }) => ref).join(" "),
  },
  languages: {
    title: "Languages",
    width: "minmax(110px, 0.9fr)",
    cell: ({ languages = [] }, context) => <Values of="language" values={languages} context={context} />,
    text: ({ languages = [] }) => languages.join(" "),
  },
  repository: {
    title: "Repository",
    width: "minmax(110px, 1fr)",
    cell: ({ repository }, context) => <Ref of="repository" to={repository} context={context} />,
    text: ({ repository }) => repository?.ref ?? null,
  },
  topics: {
    title: "Topics",
    width: "minmax(120px, 1fr)",
    cell: ({ topics }, context) => <Values of="topic" values={topics} context={context} />,
    text: ({ topics }) => topics.join(" "),
  },
  description: {
    title: "Description",
    width: "minmax(180px, 2fr)",
    cell: ({ description }) => (
      <span className="quiet" title={description ?? undefined}>
        {description}
      </span>
    ),
    text: ({ description }) => description,
  },
  members: number("Members", "member", (row) => row.members, "second"),
  services: number("Services", "service", (row) => row.services, "second"),
  repositories: number("Repositories", "repository", (row) => row.repositories),
  systems: number("Systems", "system", (row) => row.systems, "second"),
  apis: number("APIs", "API", (row) => row.apis),
  resources: number("Resources", "resource", (row) => row.resources),
  users: number("Used by", "user", (row) => row.users, "second"),
  gate: {
    title: "Gate",
    width: "142px",
    narrow: "second",
    cell: ({ quality }, context) => <Gate quality={quality} context={context} />,
    text: ({ quality }) => quality?.gate?.toLowerCase() ?? null,
  },
  coverage: {
    title: "Coverage",
    width: "108px",
    numeric: true,
    narrow: "second",
    cell: ({ quality }) => <Coverage quality={quality} />,
    text: ({ quality }) => quality?.coverage ?? null,
  },
  outdated: {
    title: "Outdated",
    width: "164px",
    numeric: true,
    narrow: "second",
    cell: ({ outdated }) => <Outdated health={outdated} />,
    text: ({ outdated }) => outdated?.share ?? null,
  },
  libyears: {
    title: "Libyears",
    width: "92px",
    numeric: true,
    cell: ({ outdated }) => <Libyears health={outdated} />,
    text: ({ outdated }) => outdated?.libyears ?? null,
  },
  vulnerable: {
    title: "Vulnerable",
    width: "98px",
    narrow: "second",
    cell: (row, context) => <Vulnerable row={row} context={context} />,
    text: ({ vulnerable }) => vulnerable ?? null,
  },
  production: {
    title: "In production",
    width: "112px",
    isBeside: true,
    cell: (row, { standing }) => <InProduction standing={standing?.(row)} />,
    text: () => null,
  },
  pods: {
    title: "Pods",
    width: "76px",
    numeric: true,
    isBeside: true,
    cell: (row, { standing }) => <PodsReady standing={standing?.(row)} />,
    text: () => null,
  },
  deployed: {
    title: "Deployed",
    width: "104px",
    isBeside: true,
    cell: (row, context) => {
      const at = context.standing?.(row)?.deployedAt;
      return at ? (
        <span className="quiet">
          <When at={at} context={context} />
        </span>
      ) : null;
    },
    text: () => null,
  },
  uses: number("Uses", "use", (row) => row.uses, "second"),
  inuse: {
    title: "Versions in use",
    width: "minmax(148px, 0.8fr)",
    cell: ({ versionsInUse = [] }) => <VersionsInUse versions={versionsInUse} />,
    text: ({ versionsInUse = [] }) => versionsInUse.map(({ version, count: uses }) => `${version ?? "?"} (${uses})`).join(" "),
  },
  latest: {
    title: "Latest",
    width: "minmax(84px, 0.5fr)",
    narrow: "second",
    cell: ({ latest }) => (latest ? <span className="mono">{latest}</span> : <span className={styles.zero}>not known</span>),
    text: ({ latest }) => latest ?? null,
  },
  published: {
    title: "Published",
    width: "104px",
    cell: ({ latestPublishedAt }, context) =>
      latestPublishedAt ? (
        <span className="quiet">
          <When at={latestPublishedAt} context={context} />
        </span>
      ) : null,
    text: ({ latestPublishedAt }) => latestPublishedAt ?? null,
  },
  weaknesses: {
    title: "Advisories",
    width: "122px",
    narrow: "second",
    cell: (row, context) => <Weaknesses row={row} context={context} />,
    text: ({ advisories = [] }) => advisories.map(({ id }) => id).join(" "),
  },
  internal: {
    title: "Internal",
    width: "84px",
    cell: ({ internal }, context) => (
      <Value of="internal" value={internal === null || internal === undefined ? null : internal ? "yes" : "no"} context={context} />
    ),
    text: ({ internal }) => (internal === null || internal === undefined ? null : internal ? "yes" : "no"),
  },
  registry: {
    title: "Registry",
    width: "minmax(100px, 0.6fr)",
    cell: ({ registry }) => <span className="quiet">{registry}</span>,
    text: ({ registry }) => registry ?? null,
  },
  version: {
    title: "Version",
    width: "minmax(80px, 0.6fr)",
    cell: ({ version }) => <span className="mono">{version}</span>,
    text: ({ version }) => version ?? null,
  },
  visibility: {
    title: "Visibility",
    width: "minmax(80px, 0.5fr)",
    cell: ({ visibility }) => visibility,
    text: ({ visibility }) => visibility ?? null,
  },
  licence: {
    title: "Licence",
    width: "minmax(90px, 0.6fr)",
    cell: ({ licence }) => licence,
    text: ({ licence }) => licence ?? null,
  },
  email: {
    title: "Mail",
    width: "minmax(140px, 1.2fr)",
    cell: ({ email }) => <span className="quiet">{email}</span>,
    text: ({ email }) => email ?? null,
  },
  commit: {
    title: "Last commit",
    width: "104px",
    cell: ({ lastCommit }, context) => (lastCommit ? <When at={lastCommit} context={context} /> : null),
    text: ({ lastCommit }) => lastCommit ?? null,
  },
  confirmed: {
    title: "Confirmed",
    width: "112px",
    cell: ({ lastConfirmed, stale }, context) =>
      lastConfirmed ? (
        <span className={stale ? undefined : "quiet"}>
          <When at={lastConfirmed} context={context} />
        </span>
      ) : null,
    text: ({ lastConfirmed }) => lastConfirmed,
  },
  changed: {
    title: "Last change",
    width: "minmax(200px, 2fr)",
    narrow: "second",
    cell: (row, context) => <LastChange row={row} context={context} />,
    text: ({ lastChange }) => lastChange?.at ?? null,
  },
};

const MANY: Record<string, string> = { repository: "repositories" };

function number(title: string, one: string, of: (row: Row) => number | undefined, narrow?: "second"): Omit<CatalogColumn, "id"> {
  return {
    title,
    width: "112px",
    numeric: true,
    ...(narrow ? { narrow } : {}),
    cell: (row) => {
      const value = of(row);
      if (value === undefined) return null;
      return (
        <span className={value === 0 ? styles.zero : undefined}>
          {count(value)}
          <span className={styles.unit}> {value === 1 ? one : (MANY[one] ?? `${one}s`)}</span>
        </span>
      );
    },
    text: (row) => of(row) ?? null,
  };
}

/** A title that says more than the name in other letters. */
export function tellingTitle(row: Pick<Row, "name" | "title" | "ecosystem">): string | undefined {
  const plain = (text: string): string => text.toLowerCase().replaceAll(/[\s_./-]+/g, "");
  const { title } = row;
  return title !== null && plain(title) !== plain(shortName(row)) ? title : undefined;
}

/** The name of a package without its ecosystem, which has a column of its own. */
export function shortName({ name, ecosystem }: Pick<Row, "name" | "ecosystem">): string {
  return ecosystem && name.startsWith(`${ecosystem}/`) ? bareName(name) : name;
}

function Name({ row, context }: { row: Row; context: CellContext }) {
  const title = tellingTitle(row);
  return (
    <span className={styles.name}>
      <Mark row={row} context={context} />
      <a href={context.hrefOf(row.ref)} data-ref={row.ref} className={styles.link}>
        {shortName(row)}
      </a>
      {title ? (
        <span className={styles.title} title={title}>
          {title}
        </span>
      ) : null}
    </span>
  );
}

/** The state of a row: nothing to see as long as a source defines it and nothing is odd. */
function Mark({ row, context }: { row: Row; context: CellContext }) {
  if (row.stale) {
    const age = row.lastConfirmed ? relative(row.lastConfirmed, context.now) : "never";
    return (
      <span title={`Not confirmed in time: the oldest word of its sources is of ${age}.`}>
        <State name="stale" quiet>
          stale
        </State>
      </span>
    );
  }
  // No source ever describes a package: that it is only mentioned is nothing to know.
  if (row.state === "REFERENCED" && row.ecosystem === undefined) {
    return (
      <span title="Only mentioned by others; no source describes it.">
        <State name="unknown" quiet>
          only referenced
        </State>
      </span>
    );
  }
  if (row.lastChange && dayOf(row.lastChange.at, context.zone) === context.day) {
    return (
      <span title={context.isPast ? "Changed on this day" : "Changed today"}>
        <State name="changed" quiet>
          {context.isPast ? "changed on this day" : "changed today"}
        </State>
      </span>
    );
  }
  const isDefined = row.state === "DEFINED";
  return (
    <span className={styles.defined} title={isDefined ? "A source defines it." : undefined}>
      {isDefined ? <span className="hidden-visually">defined</span> : null}
    </span>
  );
}

/** A value that a click makes a word of the filter, or takes out of it. */
function Word({ term, context, children, title }: { term: Term; context: CellContext; children: ReactNode; title?: string | undefined }) {
  const isActive = context.isActive(term);
  return (
    <button
      type="button"
      className={styles.value}
      aria-pressed={isActive}
      title={title ?? (isActive ? "Show all again" : "Show only these")}
      onClick={() => context.toggle(term)}
    >
      {children}
    </button>
  );
}

function Value({ of, value, context }: { of: FilterKey; value: string | null | undefined; context: CellContext }) {
  if (!value) return null;
  return (
    <Word term={{ key: of, value }} context={context}>
      {value}
    </Word>
  );
}

function Values({ of, values, context }: { of: FilterKey; values: string[]; context: CellContext }) {
  return values.slice(0, 4).map((value, place) => (
    <span key={value}>
      {place > 0 ? ", " : ""}
      <Value of={of} value={value} context={context} />
    </span>
  ));
}

function Ref({ of, to, context }: { of: FilterKey; to: Named | null | undefined; context: CellContext }) {
  if (!to) return null;
  const isTeam = to.ref.startsWith("team:");
  return (
    <Word term={{ key: of, value: to.name }} context={context} title={isTeam && to.title ? to.ref : undefined}>
      {isTeam ? (to.title ?? to.name) : to.name}
    </Word>
  );
}

function Owner({ owner, context }: { owner: Named | null; context: CellContext }) {
  if (!owner) {
    return (
      <Word term={{ key: "owner", value: "none" }} context={context}>
        <State name="unknown">
          <span className="quiet">no owner</span>
        </State>
      </Word>
    );
  }
  return (
    <Word term={{ key: "owner", value: owner.ref.replace(/^team:/, "") }} context={context} title={owner.title ? owner.ref : undefined}>
      {owner.title ?? owner.name}
    </Word>
  );
}

function Status({ status, context }: { status: string | null; context: CellContext }) {
  if (!status) return null;
  const term: Term = { key: "status", value: status };
  const state = { deprecated: "warning", archived: "gone", undeclared: "unknown" } as const;
  const found = Object.hasOwn(state, status) ? state[status as keyof typeof state] : undefined;
  return (
    <Word term={term} context={context}>
      {found ? <State name={found}>{status}</State> : status}
    </Word>
  );
}

function Gate({ quality, context }: { quality: Row["quality"]; context: CellContext }) {
  const word = quality?.gate?.toLowerCase() ?? "unknown";
  return (
    <Word
      term={{ key: "gate", value: word }}
      context={context}
      {...(quality && !quality.gate ? { title: "It was analysed, but no gate was ever computed." } : {})}
    >
      <GateMark gate={quality?.gate} none={quality ? "no gate" : "never analysed"} />
    </Word>
  );
}

function Coverage({ quality }: { quality: Row["quality"] }) {
  if (!quality) return null;
  if (quality.coverage === null) return <span className={styles.zero}>not measured</span>;
  return (
    <span className={quality.stale ? "quiet" : undefined} title={quality.stale ? "Not confirmed lately" : undefined}>
      {percent(quality.coverage)}
      <span className={styles.unit}> covered</span>
    </span>
  );
}

function Outdated({ health }: { health: Row["outdated"] }) {
  if (!health) return null;
  if (health.known === 0) return <span className={styles.zero}>not known</span>;
  return (
    <span className={styles.outdated} title={outdatedSentence(health)}>
      <span className={health.outdated === 0 ? styles.zero : undefined}>
        {outdatedText(health)}
        <span className={styles.unit}> outdated</span>
      </span>
      <span className={styles.behind}>
        <BehindBar counts={health} />
      </span>
    </span>
  );
}

function Libyears({ health }: { health: Row["outdated"] }) {
  if (!health || health.libyears === null) return null;
  return (
    <span className={health.libyears === 0 ? styles.zero : undefined}>
      {decimal(health.libyears)}
      <span className={styles.unit}> libyears</span>
    </span>
  );
}

function Vulnerable({ row: { vulnerable, outdated }, context }: { row: Row; context: CellContext }) {
  // What has no packages has none to worry about; of what no registry was asked it is not known.
  if (!outdated || vulnerable === undefined) return null;
  if (!vulnerable) {
    return (
      <span className={styles.wideOnly}>
        <CountMark count={vulnerable} />
      </span>
    );
  }
  return (
    <Word
      term={{ key: "vulnerable", value: "yes" }}
      context={context}
      title={`${counted(vulnerable, "package that it uses has", "packages that it uses have")} a published weakness in the version used.`}
    >
      <State name="bad">
        {count(vulnerable)}
        <span className={styles.unit}> vulnerable</span>
      </State>
    </Word>
  );
}

/** What is wrong with a package itself: the gravest weakness, or that one should not use it any more. */
function Weaknesses({ row: { advisories = [], deprecated, outdated }, context }: { row: Row; context: CellContext }) {
  const worst = worstSeverity(advisories);
  if (worst !== undefined) {
    return (
      <Word term={{ key: "vulnerable", value: "yes" }} context={context} title={advisories.map(({ id }) => id).join(", ")}>
        <SeverityMark severity={worst} of={advisories.length} />
      </Word>
    );
  }
  if (deprecated) {
    return (
      <Word term={{ key: "deprecated", value: "yes" }} context={context} title={deprecated}>
        <State name="warning">deprecated</State>
      </Word>
    );
  }
  if (outdated?.endOfLife) {
    return (
      <Word term={{ key: "endoflife", value: "yes" }} context={context}>
        <State name="bad">end of life</State>
      </Word>
    );
  }
  return null;
}

/** How many versions there are, and the one that is used most. */
function VersionsInUse({ versions }: { versions: NonNullable<Row["versionsInUse"]> }) {
  const [most] = versions;
  if (!most) return null;
  const all = versions.map(({ version, count: uses }) => `${version ?? "no exact version"}: ${count(uses)}`).join("\n");
  return (
    <span title={all}>
      {count(versions.length)}
      <span className="quiet">
        {" "}
        mostly <span className="mono">{most.version ?? "a range"}</span>
      </span>
    </span>
  );
}

/** When: how long ago, or of a past day the day. */
function When({ at, context: { now, zone, isPast } }: { at: string; context: CellContext }) {
  return (
    <time dateTime={at} title={absolute(at, zone)}>
      {isPast ? shortDay(dayOf(at, zone)) : relative(at, now)}
    </time>
  );
}

function LastChange({ row, context }: { row: Row; context: CellContext }) {
  const { lastChange } = row;
  if (!lastChange) return <span className={styles.zero}>none recorded</span>;
  const { label, before, after } = shortly(lastChange);
  return (
    <button
      type="button"
      className={styles.change}
      aria-haspopup="dialog"
      onClick={(event) => context.openChange(row, event.currentTarget)}
    >
      <span className={styles.when}>
        <When at={lastChange.at} context={context} />
      </span>
      <span className={styles.what}>
        {label}
        {before === undefined && after === undefined ? null : (
          <>
            {" "}
            {before === undefined ? "+" : before}
            {before !== undefined && after !== undefined ? " → " : " "}
            {after === undefined ? "ended" : <span className={styles.after}>{after}</span>}
          </>
        )}
      </span>
    </button>
  );
}

/** A change in few words, for a line of a table: `zod 3.28.0 → 3.28.3`, `owner payments → billing`. */
export function shortly(change: Parameters<typeof inWords>[0]): { label: string; before: string | undefined; after: string | undefined } {
  const { label, before, after } = inWords(change);
  if (label === "appeared" || label === "ended") return { label, before: undefined, after: undefined };
  const isPackage = /(^|\.)packages(\[|$)/.test(change.field);
  const names = (text: string | undefined): string | undefined => text?.split(", ").map(withoutKind).join(", ");
  return {
    // The file is in the panel; of a package the name says enough.
    label: isPackage ? label.replace(/ in .*$/, "").replace(/^.*\//, "") : label,
    before: names(before),
    after: names(after),
  };
}
