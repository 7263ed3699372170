/** Which version stands where, how it came there, and where regions differ, on any day. */
import { useNavigate, useSearch } from "@tanstack/react-router";
import { type ReactNode, useCallback, useEffect, useMemo, useRef, useState } from "react";
import { Deployed, DeployedEvents, type EntityFilter } from "../../api/generated";
import { type FilterKey, understand } from "../../lib/filter";
import { addDays, longDay, shortDay } from "../../lib/moment";
import { count } from "../../lib/text";
import { useAsk } from "../../shell/data";
import { EntityLink } from "../../shell/EntityLink";
import { useMoment } from "../../shell/moment";
import { Lines, Message, Panel } from "../../ui/Panel";
import { type Column, Table } from "../../ui/Table";
import { useNarrow } from "../../ui/useMedia";
import { FilterField } from "../catalog/FilterField";
import { CellPanel } from "./CellPanel";
import { DayList } from "./DayList";
import styles from "./Deployments.module.css";
import {
  type CellName,
  type DeployedRow,
  grouped,
  inEnvironment,
  isHead,
  type MatrixLine,
  readCell,
  readGrouping,
  rollbacksOn,
  writeCell,
} from "./matrix";
import { useDeployed } from "./useDeployed";
import { Everywhere, VersionCell } from "./VersionCell";

/** What the address says. */
export interface DeploymentsSearch {
  q?: string;
  environment?: string;
  drifting?: string;
  group?: string;
  cell?: string;
  results?: string;
  kind?: string;
}

const KEYS: FilterKey[] = ["owner", "system", "type", "lifecycle", "language", "topic", "status", "repository", "domain"];

export default function DeploymentsPage() {
  const search = useSearch({ strict: false }) as DeploymentsSearch;
  const { at, day, isPast, zone } = useMoment();
  const isNarrow = useNarrow();
  const navigate = useNavigate();
  const change = useCallback(
    (next: { [name in keyof DeploymentsSearch]?: string | undefined }, replace = false): void => {
      void navigate({ to: ".", search: (before: Record<string, unknown>) => ({ ...before, ...next }), replace, resetScroll: false });
    },
    [navigate],
  );
  useEffect(() => {
    document.title = `Deployments · ${shortDay(day)} · spot`;
  }, [day]);

  const { filter, problem } = useFilter(search.q ?? "", day);
  const onlyDrifting = search.drifting === "yes";
  const environments = useAsk(Deployed, { at: at ?? null, filter, drifting: false, environment: null, after: null });
  const known = environments.data?.deployed.environments;
  const environment = search.environment ?? known?.[0]?.name;
  const answering = useDeployed(filter, onlyDrifting, environment, at);
  const regions = useMemo(() => known?.find(({ name }) => name === environment)?.regions ?? [], [known, environment]);
  const grouping = readGrouping(search.group);
  const lines = useMemo(() => grouped(answering.data?.rows ?? [], grouping), [answering.data, grouping]);
  const cell = useMemo(() => readCell(search.cell), [search.cell]);
  const open = useCallback((next: CellName) => change({ cell: writeCell(next) }), [change]);
  const columns = useColumns(regions, environment, isNarrow, cell, open);
  const field = useRef<{ focus: () => void }>(null);
  const rollbacks = rollbacksOn(environments.data?.deployed.nodes ?? [], environment, day, zone);
  const drifting = known?.find(({ name }) => name === environment)?.drifting;

  return (
    <div className={styles.page}>
      <header className={styles.head}>
        <h1>Deployments</h1>
        <Figures
          environment={environment}
          day={day}
          at={at}
          isPast={isPast}
          rollbacks={environments.data ? rollbacks : undefined}
          drifting={drifting}
          isDrifting={onlyDrifting}
          results={search.results}
          change={change}
        />
      </header>
      <div className={styles.bar}>
        <div className={styles.tabs} role="group" aria-label="Environment">
          {(known ?? []).map(({ name, drifting: some }) => (
            <button
              key={name}
              type="button"
              aria-pressed={name === environment}
              onClick={() => change({ environment: name, cell: undefined })}
            >
              {name}
              {some > 0 ? <span className={styles.tabCount}>{some} differ</span> : null}
            </button>
          ))}
          {known === undefined ? <span className={styles.waitingTab} /> : null}
        </div>
        <div className={styles.filter}>
          <FilterField
            label="Filter services"
            hint="Filter by name, owner, system…"
            text={search.q ?? ""}
            problem={problem}
            keys={KEYS}
            values={{}}
            onOffer={ignore}
            onChange={(text, how) => change({ q: text === "" ? undefined : text }, how === "typed")}
            field={field}
          />
        </div>
        <label className={styles.choice}>
          <input
            type="checkbox"
            checked={onlyDrifting}
            onChange={({ target }) => change({ drifting: target.checked ? "yes" : undefined })}
          />
          Only drifting
        </label>
        <label className={styles.choice}>
          <span>Group by</span>
          <select
            value={grouping ?? "none"}
            onChange={({ target }) => change({ group: target.value === "owner" ? undefined : target.value })}
          >
            <option value="owner">owner</option>
            <option value="system">system</option>
            <option value="none">nothing</option>
          </select>
        </label>
      </div>
      <div className={styles.body} data-open={cell !== undefined}>
        <div className={styles.matrix}>
          <Panel
            answering={answering}
            skeleton={<Lines count={16} height={isNarrow ? 52 : 32} />}
            empty={({ total, hint }) =>
              total > 0 ? undefined : (
                <Nothing
                  isFiltered={search.q !== undefined || onlyDrifting}
                  onlyDrifting={onlyDrifting}
                  isPast={isPast}
                  hint={hint}
                  clear={() => change({ q: undefined, drifting: undefined })}
                />
              )
            }
          >
            {({ total }) => (
              <Table
                label="Versions by region"
                columns={columns}
                rows={lines}
                total={Math.max(lines.length, total)}
                rowKey={keyOf}
                section={headOf}
                topOf={`${search.q} ${environment} ${onlyDrifting} ${grouping} ${at}`}
              />
            )}
          </Panel>
        </div>
        {cell && environment ? (
          <CellPanel
            key={`${cell.ref} ${cell.region} ${environment}`}
            cell={cell}
            row={environments.data?.deployed.nodes.find(({ entity }) => entity?.ref === cell.ref)}
            isLoading={environments.data === undefined}
            environment={environment}
            regions={regions}
            open={open}
            close={() => change({ cell: undefined })}
          />
        ) : (
          <DayList
            environment={environment}
            kind={search.kind === "rollout" ? "ROLLOUT" : "DEPLOYMENT"}
            results={search.results}
            change={change}
          />
        )}
      </div>
    </div>
  );
}

function ignore(): void {
  // Values are not offered here: the words are those of the catalog, where they are.
}

function keyOf(line: MatrixLine): string {
  return isHead(line) ? `group ${line.group}` : (line.entity?.id ?? JSON.stringify(line.versions));
}

function headOf(line: MatrixLine): ReactNode {
  if (!isHead(line)) return undefined;
  return (
    <span className={styles.groupHead}>
      {line.ref ? <EntityLink to={line.ref}>{line.group}</EntityLink> : <strong>{line.group}</strong>}
      <span className="quiet">{count(line.count)}</span>
    </span>
  );
}

function useColumns(
  regions: readonly string[],
  environment: string | undefined,
  isNarrow: boolean,
  chosen: CellName | undefined,
  open: (cell: CellName) => void,
): Column<MatrixLine>[] {
  const { now } = useMoment();
  return useMemo(() => {
    const rows = (cell: (row: DeployedRow) => ReactNode) => (line: MatrixLine) => (isHead(line) ? null : cell(line));
    const name: Column<MatrixLine> = {
      id: "service",
      title: "Service",
      width: "minmax(150px, 1.3fr)",
      narrow: "first",
      cell: rows(({ entity }) =>
        entity ? (
          <EntityLink to={entity.ref} className={styles.name}>
            {entity.title ?? entity.name}
          </EntityLink>
        ) : (
          <span className="quiet">not known any more</span>
        ),
      ),
    };
    if (isNarrow) {
      const where: Column<MatrixLine> = {
        id: "where",
        title: "Versions",
        width: "1fr",
        narrow: "second",
        cell: rows((row) => (
          <Everywhere
            name={row.entity?.name ?? ""}
            standings={[...inEnvironment(row, environment).values()]}
            now={now}
            open={row.entity ? () => open({ ref: row.entity?.ref ?? "", region: undefined }) : undefined}
          />
        )),
      };
      return [name, where];
    }
    const cells = (regions.length > 0 ? regions : [""]).map((region): Column<MatrixLine> => {
      return {
        id: region || "everywhere",
        title: region || "Everywhere",
        width: "minmax(140px, 1fr)",
        cell: rows((row) => {
          const standing = inEnvironment(row, environment).get(region);
          const of = row.entity;
          return (
            <VersionCell
              standing={standing}
              name={of?.name ?? ""}
              drifts={row.drifts}
              now={now}
              isChosen={chosen?.ref === of?.ref && chosen?.region === region}
              open={of ? () => open({ ref: of.ref, region }) : undefined}
            />
          );
        }),
      };
    });
    return [name, ...cells];
  }, [regions, environment, isNarrow, chosen, now, open]);
}

interface FiguresProps {
  environment: string | undefined;
  day: string;
  at: string | undefined;
  isPast: boolean;
  rollbacks: number | undefined;
  drifting: number | undefined;
  isDrifting: boolean;
  results: string | undefined;
  change: (next: { [name in keyof DeploymentsSearch]?: string | undefined }) => void;
}

/** What one asks first in the morning, each a filter. */
function Figures({ environment, day, at, isPast, rollbacks, drifting, isDrifting, results, change }: FiguresProps) {
  const asked = { from: day, to: at ?? day, environment: environment ?? null, kinds: ["DEPLOYMENT" as const], first: 0 };
  const all = useAsk(DeployedEvents, asked, { enabled: environment !== undefined });
  const failed = useAsk(DeployedEvents, { ...asked, states: ["failure", "error"] }, { enabled: environment !== undefined });
  const number = (value: number | undefined): string => (value === undefined ? "–" : count(value));
  const failures = failed.data?.events.totalCount;
  return (
    <ul className={styles.figures} aria-label={`${isPast ? longDay(day) : "Today"}, ${environment ?? ""}`}>
      <li>
        <strong>{number(all.data?.events.totalCount)}</strong> {isPast ? "on this day" : "today"}
      </li>
      <li data-tone={failures ? "bad" : undefined}>
        <button
          type="button"
          aria-pressed={results === "failed"}
          onClick={() => change({ results: results === "failed" ? undefined : "failed", cell: undefined })}
        >
          <strong>{number(failures)}</strong> failed
        </button>
      </li>
      <li data-tone={rollbacks ? "warning" : undefined}>
        <strong>{number(rollbacks)}</strong> {rollbacks === 1 ? "rollback" : "rollbacks"}
      </li>
      <li data-tone={drifting ? "warning" : undefined}>
        <button type="button" aria-pressed={isDrifting} onClick={() => change({ drifting: isDrifting ? undefined : "yes" })}>
          <strong>{number(drifting)}</strong> {drifting === 1 ? "service drifts" : "services drift"}
        </button>
      </li>
    </ul>
  );
}

interface NothingProps {
  isFiltered: boolean;
  onlyDrifting: boolean;
  isPast: boolean;
  hint: string | null;
  clear: () => void;
}

function Nothing({ isFiltered, onlyDrifting, isPast, hint, clear }: NothingProps) {
  if (isFiltered) {
    return (
      <Message title={onlyDrifting ? "No service drifts" : "No service fits"} role="status">
        <p>
          {onlyDrifting ? "Every region has the same version, as far as this filter goes." : "Nothing that was deployed fits this filter."}
        </p>
        <p>
          <button type="button" className={styles.textButton} onClick={clear}>
            Show all services
          </button>
        </p>
      </Message>
    );
  }
  return (
    <Message title={isPast ? "Nothing was deployed up to this day" : "Nothing is known to be deployed"} role="status">
      {hint ? <p>{hint}</p> : null}
      <p>
        Deployments come from GitHub, Argo CD, Jenkins, clusters, or anything that sends an event. Name one of them in{" "}
        <code>spot.toml</code>, for example <code>[github]</code> or <code>[kubernetes]</code>, and see the collectors for what was read.
      </p>
    </Message>
  );
}

/** What a filter means; of one that is not understood the last one that was, and what is wrong. */
function useFilter(text: string, day: string): { filter: EntityFilter; problem: string | undefined } {
  const understood = useMemo(() => understand(text, day, (days) => addDays(day, -days)), [text, day]);
  const [kept, keep] = useState<EntityFilter>(understood.filter ?? { ownerTree: true });
  if (understood.filter && understood.filter !== kept) keep(understood.filter);
  return { filter: understood.filter ?? kept, problem: understood.problem };
}
