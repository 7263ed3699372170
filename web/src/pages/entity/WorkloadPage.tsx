/** A workload: what of it runs where, its revisions, what is wrong with it, and how to reach it. */
import { WorkloadPage, type WorkloadPageQuery } from "../../api/generated";
import { actionsOf } from "../../lib/act";
import { lasted } from "../../lib/event";
import { absolute, relative } from "../../lib/moment";
import { conditionOf, conditionWord, cores, mebibytes, podsText, tagOf } from "../../lib/runtime";
import { counted } from "../../lib/text";
import { useAsk } from "../../shell/data";
import { EntityLink } from "../../shell/EntityLink";
import { useMoment } from "../../shell/moment";
import { Lines, Panel } from "../../ui/Panel";
import { State } from "../../ui/State";
import { Actions, DeletePod, useMayAct } from "./act/Actions";
import { useSubject } from "./context";
import { Section } from "./Rows";
import { Pair } from "./Running";
import styles from "./Running.module.css";

type Found = Extract<NonNullable<WorkloadPageQuery["entity"]["entity"]>, { workload: unknown }>;

/** Everything that its cluster says of a workload. */
export function WorkloadOverview() {
  const { asked, at } = useSubject();
  const answering = useAsk(WorkloadPage, { ref: asked, at: at ?? null });
  return (
    <div className={styles.wide}>
      <Panel answering={answering} skeleton={<Lines count={12} height={28} />}>
        {({ entity: { entity } }) => (entity && "workload" in entity ? <Told found={entity} /> : null)}
      </Panel>
    </div>
  );
}

function Told({ found }: { found: Found }) {
  const { now, zone } = useMoment();
  const { entity } = useSubject();
  const { workload, service, stale, lastConfirmed } = found;
  const name = entity.name.split("/").at(-1) ?? entity.name;
  const condition = conditionOf(workload);
  const amounts = (of: typeof workload.requests): string | undefined => {
    if (!of) return undefined;
    const parts = [
      of.cpuMillis === null ? undefined : cores(of.cpuMillis),
      of.memoryBytes === null ? undefined : mebibytes(of.memoryBytes),
    ];
    return parts.filter(Boolean).join(", ") || undefined;
  };
  return (
    <div className={styles.wide}>
      <div className={styles.head}>
        <span className={`${styles.big} ${styles.pods}`} data-condition={condition}>
          {workload.kind === "CronJob" ? "" : podsText(workload)}
        </span>
        <State name={condition}>{conditionWord(workload)}</State>
        <span>
          {workload.kind ?? "Workload"} <span className="mono">{workload.version ?? ""}</span>
          {workload.revision === null ? "" : `, revision ${workload.revision}`}
        </span>
        {workload.updated !== null && workload.desired !== null && workload.updated < workload.desired ? (
          <State name="running">{`${workload.updated} of ${workload.desired} are of the newest revision`}</State>
        ) : null}
        {workload.paused ? <State name="warning">rollouts are paused</State> : null}
        <span className={styles.asOf}>
          {stale ? (
            <State name="stale">as of {lastConfirmed ? relative(lastConfirmed, now) : "some time ago"}</State>
          ) : lastConfirmed ? (
            `as of ${relative(lastConfirmed, now)}`
          ) : (
            ""
          )}
        </span>
        <Actions of={entity.ref} name={name} workload={workload} />
      </div>
      {workload.conditions.length > 0 ? (
        <Section title="What is wrong">
          <ul>
            {workload.conditions.map(({ type, reason, message, since }) => (
              <li key={type}>
                <State name="warning">
                  <strong>{reason ?? type}</strong>
                </State>{" "}
                <span className={styles.message}>
                  {message}{" "}
                  {since ? <time title={absolute(since, zone)}>For {lasted((Date.parse(now) - Date.parse(since)) / 1000)}.</time> : null}
                </span>
              </li>
            ))}
          </ul>
        </Section>
      ) : null}
      <Pods of={entity.ref} name={name} workload={workload} asOf={lastConfirmed} />
      <div className={styles.two}>
        <Section title="About it">
          <dl className={styles.facts}>
            <Pair name="Service">
              {service ? (
                <EntityLink to={service.ref}>{service.title ?? service.name}</EntityLink>
              ) : (
                <State name="unknown">no service is known of it</State>
              )}
            </Pair>
            <Pair name="Cluster">
              {workload.cluster ? <EntityLink to={`cluster:${workload.cluster}`}>{workload.cluster}</EntityLink> : undefined}
            </Pair>
            <Pair name="Where">{[workload.environment, workload.region, workload.namespace].filter(Boolean).join(" · ") || undefined}</Pair>
            <Pair name="Autoscaler">
              {workload.autoscaler
                ? `${workload.autoscaler.name}: ${workload.autoscaler.min ?? "?"} to ${workload.autoscaler.max ?? "?"} pods`
                : undefined}
            </Pair>
            <Pair name="Schedule">{workload.schedule ? <code>{workload.schedule}</code> : undefined}</Pair>
            <Pair name="Last success">{workload.lastSucceeded ? relative(workload.lastSucceeded, now) : undefined}</Pair>
            <Pair name="A pod asks for">{amounts(workload.requests)}</Pair>
            <Pair name="and may have">{amounts(workload.limits)}</Pair>
            <Pair name="Hosts">
              {workload.hosts.length > 0
                ? workload.hosts.map((host) => (
                    <a key={host} href={`https://${host}`} target="_blank" rel="noreferrer">
                      {host}
                    </a>
                  ))
                : undefined}
            </Pair>
            <Pair name="Images">
              {workload.images.length > 0
                ? workload.images.map(({ container, image }) => (
                    <code key={container} title={container}>
                      {image}
                    </code>
                  ))
                : undefined}
            </Pair>
          </dl>
        </Section>
        <Revisions workload={workload} />
      </div>
    </div>
  );
}

interface PodsProps {
  of: string;
  name: string;
  workload: Found["workload"];
  asOf: string | null;
}

function Pods({ of, name, workload, asOf }: PodsProps) {
  const { now, zone } = useMoment();
  const mayAct = useMayAct() && actionsOf(workload).includes("DELETE_POD");
  if (workload.pods.length === 0) return null;
  const sorted = [...workload.pods].sort((one, other) => Number(one.ready) - Number(other.ready) || one.name.localeCompare(other.name));
  return (
    <Section
      title="Pods"
      total={workload.pods.length}
      aside={
        <span className={styles.asOf}>
          {counted(workload.restarts ?? 0, "restart")}
          {asOf ? `, as of ${relative(asOf, now)}` : ""}
        </span>
      }
    >
      {/* A region that scrolls has to be reachable by keyboard. */}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: see above */}
      <div className={styles.scroll} role="region" aria-label="Table of pods" tabIndex={0}>
        <table className={styles.table}>
          <thead>
            <tr>
              <th scope="col">Pod</th>
              <th scope="col">Phase</th>
              <th scope="col" className="number">
                Restarts
              </th>
              <th scope="col" data-wide="true">
                Node
              </th>
              <th scope="col" data-wide="true">
                Zone
              </th>
              <th scope="col" className="number">
                Age
              </th>
              {mayAct ? (
                <th scope="col">
                  <span className="hidden-visually">Actions</span>
                </th>
              ) : null}
            </tr>
          </thead>
          <tbody className={styles.volatile}>
            {sorted.map((pod) => (
              <tr key={pod.name}>
                <th scope="row" className="mono">
                  {pod.name}
                </th>
                <td>
                  <State name={pod.ready ? "good" : pod.phase === "Failed" || pod.reason ? "bad" : "warning"}>
                    {pod.reason ?? (pod.ready ? pod.phase : `${pod.phase}, not ready`)}
                  </State>
                </td>
                <td className={`number ${pod.restarts >= 5 ? styles.loud : ""}`}>{pod.restarts}</td>
                <td data-wide="true">{pod.node ?? ""}</td>
                <td data-wide="true">{pod.zone ?? ""}</td>
                <td className="number">
                  {pod.created ? <time title={absolute(pod.created, zone)}>{relative(pod.created, now).replace(" ago", "")}</time> : ""}
                </td>
                {mayAct ? (
                  <td>
                    <DeletePod of={of} name={name} workload={workload} pod={pod.name} />
                  </td>
                ) : null}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Section>
  );
}

function Revisions({ workload: { revisions } }: { workload: Found["workload"] }) {
  const { now, zone } = useMoment();
  if (revisions.length === 0) return null;
  return (
    <Section title="Revisions" total={revisions.length}>
      <table className={styles.table}>
        <caption className="hidden-visually">Revisions, newest first</caption>
        <tbody>
          {revisions.map(({ number, created, cause, current, images }) => (
            <tr key={number}>
              <th scope="row">
                {number} {current ? <State name="good">stands</State> : null}
              </th>
              <td className="mono" title={images.map(({ image }) => image).join(", ")}>
                {tagOf(images[0]?.image)}
              </td>
              <td className="quiet">{cause ?? ""}</td>
              <td className="number quiet">{created ? <time title={absolute(created, zone)}>{relative(created, now)}</time> : ""}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Section>
  );
}
