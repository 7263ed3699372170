/** What runs of a service, what is deployed where, what is proposed and built, how it is configured, and what is written about it. */
import { Link, useNavigate } from "@tanstack/react-router";
import { type ReactNode, useMemo } from "react";
import { EntityRuntime, EntityWork, type WorkloadRowFragment } from "../../api/generated";
import { eventInWords, lasted, stateOf } from "../../lib/event";
import { dayOf, relative, shortDay } from "../../lib/moment";
import { conditionOf, conditionWord, podsText } from "../../lib/runtime";
import { count, counted } from "../../lib/text";
import { safeUrl } from "../../lib/value";
import { useAsk } from "../../shell/data";
import { EntityLink } from "../../shell/EntityLink";
import { useMoment } from "../../shell/moment";
import { State, type StateName } from "../../ui/State";
import { commonVersion, marksOf, type Standing } from "../deployments/matrix";
import { VersionCell } from "../deployments/VersionCell";
import { ActButton } from "./act/Actions";
import { useSubject } from "./context";
import { Asked } from "./FactPanel";
import { type Fact, sectionsOf } from "./facts";
import { Row, Rows, Section } from "./Rows";
import styles from "./Running.module.css";

const SHORT = 4;

interface Parts {
  id?: string;
  deployed?: Standing[];
  workloads?: WorkloadRowFragment[];
}

/** What stands where and what runs, once for all sections. */
function useRuntime(): { deployed: Standing[]; workloads: WorkloadRowFragment[]; isLoading: boolean } {
  const { entity, asked, at } = useSubject();
  const isAsked = entity.kind === "SERVICE" || entity.kind === "REPOSITORY" || entity.kind === "CLUSTER";
  const { data } = useAsk(EntityRuntime, { ref: asked, at: at ?? null }, { enabled: isAsked });
  // Only some kinds have these parts.
  const found: Parts | undefined = data?.entity.entity ?? undefined;
  return {
    deployed: found?.deployed ?? [],
    workloads: found?.workloads ?? [],
    isLoading: isAsked && data === undefined,
  };
}

/** What is deployed, by environment: where regions agree in one line. */
export function DeploymentsSection() {
  const { entity } = useSubject();
  const { deployed } = useRuntime();
  const { now } = useMoment();
  const navigate = useNavigate();
  const environments = useMemo(() => byEnvironment(deployed), [deployed]);
  if (environments.length === 0) return null;
  const open = (environment: string, region: string | null | undefined): void => {
    const cell = region === undefined ? entity.ref : `${entity.ref}@${region ?? ""}`;
    void navigate({ to: "/deployments", search: ({ at }: Record<string, string | undefined>) => ({ at, environment, cell }) });
  };
  return (
    <Section
      title="Deployments"
      aside={
        <Link
          to="/deployments"
          search={({ at }: Record<string, string | undefined>) => ({ at, environment: environments[0]?.[0], cell: entity.ref })}
          className={styles.aside}
        >
          All deployments
        </Link>
      }
    >
      <table className={styles.standing}>
        <caption className="hidden-visually">Versions by environment and region</caption>
        <tbody>
          {environments.map(([environment, standings]) => {
            const common = commonVersion(standings);
            const isQuiet = standings.every((each) => marksOf(each).length === 0);
            if (common !== undefined && isQuiet && standings[0]) {
              const newest = [...standings].sort((one, other) => ((one.since ?? "") < (other.since ?? "") ? 1 : -1))[0] ?? standings[0];
              return (
                <tr key={environment}>
                  <th scope="row">
                    {environment}{" "}
                    <span className="quiet">
                      {standings.length > 1 ? `all ${count(standings.length)} regions` : (standings[0].region ?? "")}
                    </span>
                  </th>
                  <td>
                    <VersionCell
                      standing={newest}
                      name=""
                      drifts={false}
                      now={now}
                      isChosen={false}
                      open={() => open(environment, standings.length > 1 ? undefined : newest.region)}
                    />
                  </td>
                </tr>
              );
            }
            return standings.map((standing) => (
              <tr key={`${environment} ${standing.region}`}>
                <th scope="row">
                  {environment} <span className="quiet">{standing.region ?? ""}</span>
                </th>
                <td>
                  <VersionCell
                    standing={standing}
                    name=""
                    drifts={common === undefined}
                    now={now}
                    isChosen={false}
                    open={() => open(environment, standing.region)}
                  />
                </td>
              </tr>
            ));
          })}
        </tbody>
      </table>
    </Section>
  );
}

function byEnvironment(deployed: readonly Standing[]): [string, Standing[]][] {
  const found = new Map<string, Standing[]>();
  for (const each of deployed) found.set(each.environment, [...(found.get(each.environment) ?? []), each]);
  return [...found.entries()].sort(
    ([one], [other]) => Number(other === "production") - Number(one === "production") || one.localeCompare(other),
  );
}

/** What runs, trouble first. */
export function RuntimeSection({ title = "Runtime" }: { title?: string }) {
  const { entity } = useSubject();
  const { workloads, isLoading } = useRuntime();
  const isExpected = entity.facets.some(({ facet }) => facet === "KUBERNETES");
  if (isLoading && isExpected) {
    return (
      <Section title={title}>
        <div className={styles.waiting} aria-busy="true" />
      </Section>
    );
  }
  if (workloads.length === 0) return null;
  const order = ["bad", "warning", "unknown", "good", "gone"];
  const sorted = [...workloads].sort(
    (one, other) =>
      order.indexOf(conditionOf(one.workload)) - order.indexOf(conditionOf(other.workload)) || one.name.localeCompare(other.name),
  );
  const rows = sorted.map((each) => <WorkloadLine key={each.id} workload={each} inCluster={entity.kind === "CLUSTER"} />);
  const at = entity.kind === "CLUSTER" ? 20 : SHORT;
  return (
    <Section title={title} total={workloads.length}>
      <Rows>{rows.slice(0, at)}</Rows>
      {rows.length > at ? (
        <details className={styles.rest}>
          <summary>All {count(rows.length)}</summary>
          <Rows>{rows.slice(at)}</Rows>
        </details>
      ) : null}
    </Section>
  );
}

function WorkloadLine({
  workload: { ref, name, stale, lastConfirmed, workload },
  inCluster,
}: {
  workload: WorkloadRowFragment;
  inCluster: boolean;
}) {
  const { now } = useMoment();
  const condition = conditionOf(workload);
  const isOdd = condition !== "good";
  return (
    <Row
      meta={
        <>
          {inCluster ? null : <span>{[workload.environment, workload.region].filter(Boolean).join(" · ")}</span>}
          <span className="mono">{workload.version ?? ""}</span>
          {stale ? <State name="stale">{lastConfirmed ? `as of ${relative(lastConfirmed, now)}` : "not confirmed lately"}</State> : null}
        </>
      }
    >
      <span className={styles.pods} data-condition={condition}>
        <State name={condition} quiet={!isOdd}>
          {conditionWord(workload)}
        </State>{" "}
        {workload.kind === "CronJob" ? "" : podsText(workload)}
      </span>
      <EntityLink to={ref}>{inCluster ? name.split("/").slice(1).join("/") : name}</EntityLink>
      {inCluster ? null : <ActButton of={ref} name={name} kind={workload.kind} />}
    </Row>
  );
}

/** What is proposed and waits, and the last builds. */
export function WorkSections() {
  const { entity } = useSubject();
  const { at } = useSubject();
  const { first, day, now, zone } = useMoment();
  const isAsked = entity.kind === "SERVICE" || entity.kind === "REPOSITORY";
  const { data } = useAsk(EntityWork, { of: entity.id, from: first ?? day, to: at ?? day }, { enabled: isAsked });
  if (!data) return null;
  const { open, runs } = data;
  // Those that wait the longest first: that is what one can do something about.
  const waiting = [...open.nodes].sort((one, other) => (one.at < other.at ? -1 : 1));
  return (
    <>
      {waiting.length > 0 ? (
        <Section title="Open pull requests" total={open.totalCount}>
          <Folded>
            {waiting.map((event) => {
              const { what, by } = eventInWords(event);
              const [tone, word] = stateOf(event.state);
              return (
                <Row
                  key={event.id}
                  meta={
                    <>
                      <State name={tone}>{word}</State>
                      {by ? <span>by {by}</span> : null}
                      <span>waits {lasted((Date.parse(now) - Date.parse(event.at)) / 1000)}</span>
                    </>
                  }
                >
                  <Outside url={event.url}>{what}</Outside>
                </Row>
              );
            })}
          </Folded>
        </Section>
      ) : null}
      {runs.nodes.length > 0 ? (
        <Section title="Pipeline" total={runs.totalCount}>
          <Folded>
            {runs.nodes.map((event) => {
              const { what, place } = eventInWords(event);
              const [tone, word] = stateOf(event.state);
              return (
                <Row
                  key={event.id}
                  meta={
                    <>
                      {place ? <span>{place}</span> : null}
                      {event.ended ? <span>{lasted(event.seconds)}</span> : null}
                      <time dateTime={event.at} title={shortDay(dayOf(event.at, zone))}>
                        {relative(event.at, now)}
                      </time>
                    </>
                  }
                >
                  <State name={tone} quiet={tone === "good"}>
                    {word}
                  </State>
                  <Outside url={event.url}>{what}</Outside>
                </Row>
              );
            })}
          </Folded>
        </Section>
      ) : null}
    </>
  );
}

function Folded({ children }: { children: ReactNode[] }) {
  if (children.length <= SHORT + 1) return <Rows>{children}</Rows>;
  return (
    <>
      <Rows>{children.slice(0, SHORT)}</Rows>
      <details className={styles.rest}>
        <summary>{count(children.length - SHORT)} more</summary>
        <Rows>{children.slice(SHORT)}</Rows>
      </details>
    </>
  );
}

function Outside({ url, children }: { url: string | null | undefined; children: ReactNode }) {
  const safe = safeUrl(url);
  if (!safe) return <span>{children}</span>;
  return (
    <a href={safe} target="_blank" rel="noreferrer">
      {children} <span aria-hidden="true">↗</span>
      <span className="hidden-visually"> in a new tab</span>
    </a>
  );
}

const HEALTH: Record<string, StateName> = { passing: "good", warning: "warning", critical: "bad", maintenance: "gone" };

/** How it is registered and configured: health and instances by datacenter, what fails, and names of keys. */
export function ConfigurationSection() {
  const { entity } = useSubject();
  const facts = useMemo(() => sectionsOf(entity.facts).find(({ facet }) => facet === "CONFIGURATION"), [entity.facts]);
  if (!facts) return null;
  const entries = (name: string): Fact[] => facts.keyed.find((each) => each.name === name)?.entries ?? [];
  const health = new Map(entries("health").map((fact) => [fact.key ?? "", fact]));
  const instances = new Map(entries("instances").map((fact) => [fact.key ?? "", fact]));
  const outputs = new Map(entries("outputs").map(({ key, value }) => [key ?? "", String(value)]));
  const places = [...new Set([...health.keys(), ...instances.keys()])].sort();
  const keys = entries("keys");
  const isStale = entity.facets.some(({ facet, stale }) => facet === "CONFIGURATION" && stale);
  return (
    <Section title="Configuration" aside={isStale ? <State name="stale">not confirmed lately</State> : null}>
      <Rows>
        {places.map((place) => {
          const fact = health.get(place);
          const word = String(fact?.value ?? "unknown");
          const { count: number, nodes } = (instances.get(place)?.value ?? {}) as { count?: number; nodes?: Record<string, number> };
          return (
            <Row
              key={place}
              meta={
                number === undefined ? null : (
                  <span>
                    {counted(number, "instance")}
                    {nodes ? ` on ${counted(Object.keys(nodes).length, "node")}` : ""}
                  </span>
                )
              }
            >
              <State name={HEALTH[word] ?? "unknown"}>{fact ? <Asked fact={fact}>{word}</Asked> : "health not known"}</State>
              <span className="quiet">{place}</span>
            </Row>
          );
        })}
        {entries("failing").map((fact) => (
          <Row key={fact.path}>
            <State name={HEALTH[String(fact.value)] ?? "bad"}>{fact.key}</State>
            <span className={styles.output}>{outputs.get(fact.key ?? "") ?? String(fact.value)}</span>
          </Row>
        ))}
      </Rows>
      {keys.length > 0 ? (
        <details className={styles.rest}>
          <summary>{counted(keys.length, "key")}, by name only</summary>
          <ul className={styles.keys}>
            {keys.map(({ key, path }) => (
              <li key={path}>{key}</li>
            ))}
          </ul>
        </details>
      ) : null}
    </Section>
  );
}

interface Page {
  title?: string;
  url?: string;
  space?: string;
  editedAt?: string;
  editor?: string;
}

/** A page that nobody touched for so long may not be true any more. */
const OLD_DAYS = 365;

/** Pages of a wiki, newest edit first. */
export function PagesSection() {
  const { entity } = useSubject();
  const { now, zone } = useMoment();
  const facts = sectionsOf(entity.facts).find(({ facet }) => facet === "DOCUMENTATION");
  const pages = facts?.keyed.find(({ name }) => name === "pages")?.entries ?? [];
  if (pages.length === 0) return null;
  const sorted = pages
    .map(({ key, value }) => ({ key, page: (value ?? {}) as Page }))
    .sort((one, other) => ((one.page.editedAt ?? "") < (other.page.editedAt ?? "") ? 1 : -1));
  return (
    <Section title="Pages" total={pages.length}>
      <Folded>
        {sorted.map(({ key, page }) => {
          const isOld = page.editedAt !== undefined && Date.parse(now) - Date.parse(page.editedAt) > OLD_DAYS * 86_400_000;
          return (
            <Row
              key={key}
              meta={
                <>
                  {page.space ? <span>{page.space}</span> : null}
                  {page.editor ? <span>by {page.editor}</span> : null}
                  {page.editedAt ? (
                    isOld ? (
                      <State name="warning">edited {relative(page.editedAt, now)}</State>
                    ) : (
                      <time dateTime={page.editedAt} title={shortDay(dayOf(page.editedAt, zone))}>
                        edited {relative(page.editedAt, now)}
                      </time>
                    )
                  ) : null}
                </>
              }
            >
              <Outside url={page.url}>{page.title ?? key}</Outside>
            </Row>
          );
        })}
      </Folded>
    </Section>
  );
}

/** What a cluster says of itself, and what runs in it. */
export function ClusterSections() {
  const { entity } = useSubject();
  const facts = sectionsOf(entity.facts).find(({ facet }) => facet === "KUBERNETES");
  const text = (name: string): string | undefined => {
    const value = facts?.single.find((fact) => fact.name === name)?.value;
    return value === undefined ? undefined : String(value);
  };
  const zones = facts?.keyed.find(({ name }) => name === "nodes")?.entries ?? [];
  return (
    <>
      <Section title="Cluster">
        <dl className={styles.facts}>
          <Pair name="Version">{text("version")}</Pair>
          <Pair name="Region">{text("region")}</Pair>
          <Pair name="Datacenter">{text("datacenter")}</Pair>
          <Pair name="Environment">{text("environment")}</Pair>
          <Pair name="Nodes">
            {zones.length > 0 ? zones.map(({ key, value }) => <span key={key}>{`${key}: ${String(value)}`}</span>) : undefined}
          </Pair>
        </dl>
      </Section>
      <RuntimeSection title="What runs in it" />
    </>
  );
}

/** A name and what there is to say of it; nothing, if there is nothing. */
export function Pair({ name, children }: { name: string; children: ReactNode }) {
  if (children === undefined) return null;
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
