import { useQueries } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { type ReactNode, useCallback, useEffect, useMemo, useRef, useState } from "react";
import { AskError } from "../../api/client";
import type { EntityFilter } from "../../api/generated";
import { nameOf } from "../../lib/entity";
import { type FilterKey, hasTerm, replaced, type Term, toggled, type Understood, understand } from "../../lib/filter";
import { isTyping } from "../../lib/keys";
import { addDays } from "../../lib/moment";
import { count, counted } from "../../lib/text";
import { ChangeSource, ChangeValues } from "../../shell/Change";
import { useServer } from "../../shell/data";
import { EntityLink } from "../../shell/EntityLink";
import { type MomentState, useMoment } from "../../shell/moment";
import { usePlainLinks } from "../../shell/plainLinks";
import { useMyTeam } from "../../shell/settings";
import { Button } from "../../ui/Button";
import { Lines, Panel } from "../../ui/Panel";
import { PopoverAt, PopoverButton } from "../../ui/Popover";
import { Table } from "../../ui/Table";
import { useNarrow } from "../../ui/useMedia";
import { columnsText, nextSorting, orderOf, readColumns, readGroup, readSorting, sortingText } from "./address";
import styles from "./Catalog.module.css";
import { type CatalogColumn, type CellContext, columnsOf, tableColumns, usualColumns } from "./columns";
import { NoMatch, NothingYet } from "./Empty";
import { ExportButton } from "./ExportButton";
import { type Change, FilterField } from "./FilterField";
import { type Head, isHead, type Line, withHeads } from "./groups";
import { Lists, useCounts } from "./Lists";
import type { GroupName, List, Row, Wanted } from "./lists";
import { OutdatedTeams } from "./OutdatedTeams";
import { useRows } from "./useRows";
import { useStandings } from "./useStandings";
import { useGroupCounts, useOffered, useValues } from "./useValues";

/** What the address of a list may say. */
interface Address {
  q?: string;
  sort?: string;
  columns?: string;
  group?: string;
}

/** One list: its filter, its order, its columns, its rows. */
export function ListView({ list }: { list: List }) {
  const moment = useMoment();
  const { at, day } = moment;
  const address = useSearch({ strict: false }) as Address;
  const { q = "" } = address;
  const change = useChange();
  const [team] = useMyTeam();
  const isNarrow = useNarrow();
  const [isUnfolded, unfold] = useState(false);
  const counts = useCounts(at);
  const all = counts.data?.[list.name].totalCount;

  const sorting = readSorting(address.sort, list.sorting);
  const group = readGroup(address.group, list);
  const order = JSON.stringify(orderOf(sorting, group));
  const understood = useUnderstood(q, day, list);
  const wanted = useMemo<Wanted>(() => {
    return { filter: understood.filter, orderBy: JSON.parse(order) as Wanted["orderBy"], at: at ?? null };
  }, [understood.filter, order, at]);
  const { loaded, error, isFetching, refetch, more } = useRows(list, wanted);
  const refusal = error instanceof AskError && error.trouble === "refused" ? error : undefined;
  const problem = understood.problem ?? (refusal ? refused(refusal) : undefined);

  const known = useMemo(() => columnsOf(list), [list]);
  const usual = useUsualColumns(list);
  const shownIds = readColumns(
    address.columns,
    known.map(({ id }) => id),
    usual,
  );
  const shownKey = shownIds.join(",");
  const columns = useMemo(() => known.filter(({ id }) => shownKey.split(",").includes(id)), [known, shownKey]);

  const needs = { versions: shownIds.includes("production") || shownIds.includes("deployed"), pods: shownIds.includes("pods") };
  const standings = useStandings(at, needs);
  const [opened, open] = useState<{ row: Row; anchor: Element } | undefined>(undefined);
  const toggle = useCallback((term: Term) => change({ q: toggled(q, term) }), [change, q]);
  const { hrefOf, onClick } = usePlainLinks();
  const context = useMemo<CellContext>(() => {
    return {
      now: moment.now,
      zone: moment.zone,
      day,
      isPast: moment.isPast,
      isActive: (term) => hasTerm(q, term),
      toggle,
      hrefOf,
      openChange: (row, anchor) => open({ row, anchor }),
      standing: ({ id }) => standings.get(id),
    };
  }, [moment.now, moment.zone, moment.isPast, day, q, toggle, hrefOf, standings]);
  const asTable = useMemo(() => tableColumns(columns, context), [columns, context]);

  const [offeredUnder, offerUnder] = useState<string | undefined>(undefined);
  const under = useMemo(() => (offeredUnder === undefined ? undefined : filterOf(offeredUnder, day, list)), [offeredUnder, day, list]);
  const values = useOffered(useValues(list, under, wanted.at), loaded?.rows);
  const groupCounts = useGroupCounts(list, wanted, group);
  const lines = useMemo<Line[]>(() => {
    if (!loaded) return [];
    return group ? withHeads(loaded.rows, group, groupCounts ?? new Map()) : loaded.rows;
  }, [loaded, group, groupCounts]);
  // Heads of groups that are not loaded yet take room too, as soon as it is known how many there are.
  const heads = lines.length - (loaded?.rows.length ?? 0);
  const total = (loaded?.total ?? 0) + (group ? Math.max(heads, groupCounts?.size ?? 0) : 0);

  const field = useRef<{ focus: () => void }>(null);
  useFocusKey(field);
  const onFilter = (text: string, how: Change): void => change({ q: text }, how === "typed");
  const tools = (
    <div className={styles.tools}>
      <GroupChoice list={list} group={group} choose={(next) => change({ group: next })} />
      <ColumnChoice known={known} shown={shownIds} choose={(ids) => change({ columns: columnsText(ids, usual) })} />
      <ExportButton
        list={list}
        wanted={wanted}
        columns={columns.filter(({ isBeside }) => !isBeside)}
        filter={problem === undefined ? q : ""}
        day={day}
        isPast={moment.isPast}
        total={loaded?.total ?? 0}
      />
    </div>
  );
  return (
    <div className={styles.page}>
      {list.name === "packages" ? (
        <OutdatedTeams at={at} show={(text) => change({ q: text })} />
      ) : (
        <Lists counts={counts.data} current={list.name} />
      )}
      <div className={styles.bar}>
        <h1 className="hidden-visually">{list.title}</h1>
        <FilterField
          label={`Filter ${list.many}`}
          hint={`Filter by name, ${list.keys.slice(0, 2).join(", ")}…`}
          text={q}
          problem={problem}
          keys={list.keys}
          values={values}
          onOffer={offerUnder}
          onChange={onFilter}
          field={field}
        />
        {isNarrow ? (
          <Button look="plain" onPress={() => unfold(!isUnfolded)} aria-expanded={isUnfolded} className={styles.fold ?? ""}>
            {isUnfolded ? "Less" : "More"}
          </Button>
        ) : (
          tools
        )}
      </div>
      <div className={styles.summary}>
        <p role="status" className={styles.count}>
          {loaded && (all !== undefined || q !== "") ? countText(list, all, loaded.total, q !== "" && problem === undefined) : "\u00a0"}
        </p>
        {isNarrow && !isUnfolded ? null : <Pulse list={list} q={q} moment={moment} wanted={wanted} team={team} toggle={toggle} />}
        {isNarrow && isUnfolded ? tools : null}
      </div>
      {/* Links have the keyboard themselves: a press of Enter on one arrives here as a click. */}
      {/* biome-ignore lint/a11y/useKeyWithClickEvents: see above */}
      {/* biome-ignore lint/a11y/noStaticElementInteractions: see above */}
      <div onClick={onClick} className={`${styles.body} ${isFetching && loaded?.isOld ? styles.renewing : ""}`}>
        <Panel
          answering={{ data: loaded, error: refusal ? null : error, isFetching, refetch }}
          skeleton={<Lines count={18} height={isNarrow ? 52 : 32} />}
          empty={({ total: found, isOld, hint }) => {
            if (found > 0 || isOld) return undefined;
            if (q !== "") return <NoMatch list={list} q={q} wanted={wanted} moment={moment} change={(text) => change({ q: text })} />;
            return <NothingYet list={list} counts={counts.data} hint={hint} isPast={moment.isPast} />;
          }}
        >
          {() => (
            <Table
              label={list.title}
              columns={asTable as Parameters<typeof Table<Line>>[0]["columns"]}
              rows={lines}
              total={total}
              rowKey={keyOf}
              sorting={group ? { column: group, descending: sorting.column === group && sorting.descending } : sorting}
              onSort={(asked) =>
                change({
                  sort: sortingText(nextSorting(asked, sorting), list.sorting),
                  ...(group && asked.column !== group ? { group: undefined } : {}),
                })
              }
              onNeedMore={more}
              rowClass={classOf}
              section={sectionOf}
              topOf={`${JSON.stringify(wanted)} ${group ?? ""}`}
            />
          )}
        </Panel>
      </div>
      <PopoverAt anchor={opened?.anchor ?? null} close={() => open(undefined)} label="The last change">
        {opened ? <LastChangePanel row={opened.row} /> : null}
      </PopoverAt>
    </div>
  );
}

/** The columns to begin with, by the kinds of sources that there are. */
function useUsualColumns(list: List): string[] {
  const { status } = useServer();
  return useMemo(() => {
    const collectors = status && new Set(status.collectors.flatMap(({ collector }) => collector ?? []));
    return usualColumns(list, collectors);
  }, [list, status]);
}

/** Changes what the address says; what is not said stays. */
function useChange(): (address: { [name in keyof Address]?: string | undefined }, replace?: boolean) => void {
  const navigate = useNavigate();
  return useCallback(
    (address, replace = false) => {
      void navigate({ to: ".", search: (search: Record<string, unknown>) => ({ ...search, ...address }), replace, resetScroll: false });
    },
    [navigate],
  );
}

/** What a filter means; of one that is not understood, the problem, and the last one that was. */
function useUnderstood(q: string, day: string, list: List): { filter: EntityFilter; problem: string | undefined } {
  const understood = useMemo(() => meaning(q, day, list), [q, day, list]);
  const [kept, keep] = useState<EntityFilter>(understood.filter ?? NO_FILTER);
  if (understood.filter && understood.filter !== kept) keep(understood.filter);
  if (understood.filter) return { filter: understood.filter, problem: undefined };
  return {
    filter: kept,
    problem: `${understood.problem} Until then the list shows ${kept === NO_FILTER ? "everything" : "what matched before"}.`,
  };
}

function meaning(q: string, day: string, { name }: List): Understood {
  return understand(q, day, (days) => addDays(day, -days), { parentKind: name === "domains" ? "domain" : "team" });
}

/** What is to be kept; everything, if the filter is not understood. */
function filterOf(q: string, day: string, list: List): EntityFilter {
  return meaning(q, day, list).filter ?? NO_FILTER;
}

const NO_FILTER: EntityFilter = { ownerTree: true };

/** What is wrong, when the server refuses a filter. */
function refused({ code, message }: AskError): string {
  const [, ref] = /^"([^"]*)"/.exec(message) ?? [];
  if (code === "UNKNOWN_ENTITY" && ref) return `Nothing was ever called ${ref}. Choose one of the names that are offered while typing.`;
  return message;
}

function countText(list: List, all: number | undefined, found: number, isFiltered: boolean): ReactNode {
  const of = all === undefined || all < found ? found : all;
  return (
    <>
      <strong>{counted(of, list.one, list.many)}</strong>
      {isFiltered ? `, ${count(found)} ${found === 1 ? "matches" : "match"}` : ""}
    </>
  );
}

function keyOf(line: Line): string {
  return isHead(line) ? `group ${line.value ?? ""}` : line.id;
}

function classOf(line: Line): string | undefined {
  if (isHead(line)) return undefined;
  if (line.stale) return styles.stale;
  return line.state === "REFERENCED" && line.ecosystem === undefined ? styles.referenced : undefined;
}

function sectionOf(line: Line): ReactNode {
  return isHead(line) ? <GroupHead head={line} /> : undefined;
}

function GroupHead({ head: { group, value, title, count: rows } }: { head: Head }) {
  return (
    <span className={styles.groupHead}>
      {group === "owner" && value ? <EntityLink to={value}>{title}</EntityLink> : <strong>{title}</strong>}
      {rows === undefined ? null : <span className={styles.groupCount}>{count(rows)}</span>}
    </span>
  );
}

function GroupChoice({
  list,
  group,
  choose,
}: {
  list: List;
  group: GroupName | undefined;
  choose: (group: GroupName | undefined) => void;
}) {
  if (list.groups.length === 0) return null;
  return (
    <label className={styles.choice}>
      <span>Group by</span>
      <select value={group ?? ""} onChange={({ target }) => choose(list.groups.find((name) => name === target.value))}>
        <option value="">nothing</option>
        {list.groups.map((name) => (
          <option key={name} value={name}>
            {name}
          </option>
        ))}
      </select>
    </label>
  );
}

function ColumnChoice({ known, shown, choose }: { known: CatalogColumn[]; shown: string[]; choose: (ids: string[]) => void }) {
  return (
    <PopoverButton
      label="Columns"
      trigger={
        <Button look="plain" className={styles.tool ?? ""}>
          Columns
        </Button>
      }
    >
      <fieldset className={styles.columns}>
        <legend className="hidden-visually">Columns</legend>
        {known
          .filter(({ id }) => id !== "name")
          .map(({ id, title }) => (
            <label key={id}>
              <input
                type="checkbox"
                checked={shown.includes(id)}
                onChange={({ target }) => choose(target.checked ? [...shown, id] : shown.filter((other) => other !== id))}
              />
              {title}
            </label>
          ))}
        <Button look="plain" onPress={() => choose([])}>
          The usual ones
        </Button>
      </fieldset>
    </PopoverButton>
  );
}

function LastChangePanel({ row }: { row: Row }) {
  if (!row.lastChange) return null;
  return (
    <div className={styles.panel}>
      <p className={styles.panelTitle}>
        <EntityLink to={row.ref} />
        <span className="quiet">last change</span>
      </p>
      <p>
        <ChangeValues change={row.lastChange} />
      </p>
      <p>
        <ChangeSource change={row.lastChange} />
      </p>
    </div>
  );
}

interface Beat {
  term: Term;
  label: string;
}

/** What one would ask of a list first, each with its number; a click makes it the filter. */
function Pulse({
  list,
  q,
  moment,
  wanted,
  team,
  toggle,
}: {
  list: List;
  q: string;
  moment: MomentState;
  wanted: Wanted;
  team: string | null;
  toggle: (term: Term) => void;
}) {
  const beats = useMemo(() => beatsOf(list), [list]);
  const { day } = moment;
  const answers = useQueries({
    queries: beats.map(({ term }) => {
      const { filter } = meaning(replaced(q, term), day, list);
      const asked: Wanted = { ...wanted, filter: filter ?? NO_FILTER };
      return {
        queryKey: ["catalog count", list.name, filter ?? term, asked.at],
        queryFn: async ({ signal }: { signal: AbortSignal }) => (await list.load(asked, null, 0, signal)).total,
        enabled: filter !== undefined,
        placeholderData: (before: number | undefined) => before,
      };
    }),
  });
  const mine = team ? myTeamTerm(list, team) : undefined;
  return (
    <div className={styles.pulse}>
      {mine && team ? (
        <button type="button" className={styles.beat} aria-pressed={hasTerm(q, mine)} onClick={() => toggle(mine)}>
          My team <span className="quiet">{nameOf(team)}</span>
        </button>
      ) : null}
      {beats.map(({ term, label }, place) => {
        const rows = answers[place]?.data;
        const isActive = hasTerm(q, term);
        if (!isActive && !rows) return null;
        return (
          <button key={label} type="button" className={styles.beat} aria-pressed={isActive} onClick={() => toggle(term)}>
            <span className={styles.beatCount}>{rows === undefined ? "" : count(rows)}</span> {label}
          </button>
        );
      })}
    </div>
  );
}

const BEATS: (Beat & { needs: FilterKey })[] = [
  { needs: "changed", term: { key: "changed", value: "7d" }, label: "changed in 7 days" },
  { needs: "owner", term: { key: "owner", value: "none" }, label: "without an owner" },
  { needs: "gate", term: { key: "gate", value: "failed" }, label: "with a failed gate" },
  { needs: "vulnerable", term: { key: "vulnerable", value: "yes" }, label: "vulnerable" },
  { needs: "endoflife", term: { key: "endoflife", value: "yes" }, label: "out of support" },
  { needs: "internal", term: { key: "outdated", value: "yes" }, label: "outdated" },
  { needs: "internal", term: { key: "deprecated", value: "yes" }, label: "deprecated" },
  { needs: "state", term: { key: "state", value: "referenced" }, label: "only referenced" },
  { needs: "facts", term: { key: "facts", value: "stale" }, label: "with stale facts" },
];

function beatsOf(list: List): Beat[] {
  return BEATS.filter(({ needs }) => list.keys.includes(needs));
}

/** The filter that keeps what a team has to do with. */
function myTeamTerm(list: List, team: string): Term | undefined {
  const value = team.replace(/^team:/, "");
  const key = (["owner", "member", "parent"] as const).find(
    (known) => list.keys.includes(known) && (known !== "parent" || list.name === "teams"),
  );
  return key ? { key, value } : undefined;
}

/** `f` leads to the filter. */
function useFocusKey(field: { current: { focus: () => void } | null }): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.key !== "f" || event.metaKey || event.ctrlKey || event.altKey) return;
      if (isTyping(event.target) || document.querySelector('[role="dialog"]')) return;
      event.preventDefault();
      field.current?.focus();
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, [field]);
}
