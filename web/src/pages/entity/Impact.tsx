/** What breaks if this is down, and what it needs itself: as a graph and as a table. */
import { useMemo } from "react";
import { ImpactOf, type Way } from "../../api/generated";
import { kindName } from "../../lib/entity";
import { count, counted } from "../../lib/text";
import { useAsk } from "../../shell/data";
import { EntityLink } from "../../shell/EntityLink";
import { type HrefOf, usePlainLinks } from "../../shell/plainLinks";
import { Lines, Message, Panel } from "../../ui/Panel";
import { State } from "../../ui/State";
import { calledBy } from "./answer";
import { useEntitySearch, useNavigateSearch, useSubject } from "./context";
import styles from "./Impact.module.css";
import { BOX, byDistance, draw, type ImpactAnswer, type Reason, ROADS, readDepth, reasonsOf } from "./impactGraph";
import { relationWords } from "./relations";

/** The part of the page with its choices: which way, how far, as what. */
export function Impact() {
  const { entity, at } = useSubject();
  const search = useEntitySearch();
  const navigate = useNavigateSearch();
  const way: Way = search.way === "needs" ? "NEEDS" : "NEEDED_BY";
  const depth = readDepth(search.depth);
  const isTable = search.view === "table";
  const answering = useAsk(ImpactOf, { of: entity.id, at: at ?? null, way, depth, words: isTable });
  const name = calledBy(entity);
  return (
    <section className={styles.impact} aria-label="Impact">
      <div className={styles.bar}>
        <div className={styles.segments} role="group" aria-label="Which way">
          <button type="button" aria-pressed={way === "NEEDED_BY"} onClick={() => navigate({ way: undefined })}>
            What breaks if it is down
          </button>
          <button type="button" aria-pressed={way === "NEEDS"} onClick={() => navigate({ way: "needs" })}>
            What it needs
          </button>
        </div>
        <label className={styles.choice}>
          Steps
          <select value={depth} onChange={({ target }) => navigate({ depth: target.value === "3" ? undefined : target.value })}>
            {[1, 2, 3, 4, 5, 6].map((steps) => (
              <option key={steps} value={steps}>
                {steps}
              </option>
            ))}
          </select>
        </label>
        <div className={styles.segments} role="group" aria-label="Shown as">
          <button type="button" aria-pressed={!isTable} onClick={() => navigate({ view: undefined })}>
            Graph
          </button>
          <button type="button" aria-pressed={isTable} onClick={() => navigate({ view: "table" })}>
            Table
          </button>
        </div>
      </div>
      <Panel
        answering={answering}
        skeleton={<Lines count={10} height={36} />}
        empty={({ impact: { nodes } }) =>
          nodes.length > 1 ? undefined : (
            <Message title={way === "NEEDS" ? `${name} needs nothing that is known` : `Nothing is known to need ${name}`} role="status">
              <p>
                Relations come from <code>catalog-info.yaml</code> (dependsOn, consumesApis), from packages that the organisation publishes
                itself, from a service mesh, and from what runs in clusters. Nobody said so up to this day; that is no promise that nothing
                breaks.
              </p>
            </Message>
          )
        }
      >
        {({ impact }) => (
          <>
            <Summary impact={impact} way={way} name={name} />
            {isTable ? <ImpactTable impact={impact} way={way} /> : <Graph impact={impact} />}
            {isTable ? null : <Steps impact={impact} />}
          </>
        )}
      </Panel>
    </section>
  );
}

function Summary({ impact: { nodes, cycles, cut }, way, name }: { impact: ImpactAnswer; way: Way; name: string }) {
  const others = nodes.length - 1;
  const direct = nodes.filter(({ distance }) => distance === 1).length;
  return (
    <div className={styles.summary}>
      <p role="status">
        <strong>{counted(others, "entity", "entities")}</strong>{" "}
        {way === "NEEDS" ? (others === 1 ? "is needed" : "are needed") : others === 1 ? "needs" : "need"}{" "}
        {way === "NEEDS" ? `by ${name}` : name}, {count(direct)} of them directly.
        {cut ? " There is more, further away." : ""}
      </p>
      {cycles.map((cycle) => (
        <p key={cycle.map(({ id }) => id).join(" ")}>
          <State name="warning">They need each other:</State>{" "}
          {cycle.map((each, place) => (
            <span key={each.id}>
              {place > 0 ? " ↔ " : ""}
              <EntityLink to={each.ref}>{each.title ?? each.name}</EntityLink>
            </span>
          ))}
        </p>
      ))}
    </div>
  );
}

function Graph({ impact }: { impact: ImpactAnswer }) {
  const { hrefOf, onClick } = usePlainLinks();
  const drawn = useMemo(() => draw(impact), [impact]);
  const roads = [...new Set(impact.edges.map(({ road }) => road))].sort();
  return (
    <figure className={styles.figure}>
      {/* A region that scrolls has to be reachable by keyboard. Its clicks are those of the links in it. */}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: see above */}
      {/* biome-ignore lint/a11y/useKeyWithClickEvents: see above */}
      <div className={styles.scroller} role="region" aria-label="Graph" tabIndex={0} onClick={onClick}>
        <svg
          width={drawn.width}
          height={drawn.height}
          viewBox={`0 0 ${drawn.width} ${drawn.height}`}
          role="group"
          aria-label="Who needs whom"
        >
          <defs>
            <marker id="arrow" viewBox="0 0 6 6" refX="5" refY="3" markerWidth="6" markerHeight="6" orient="auto-start-reverse">
              <path d="M0 0 6 3 0 6Z" fill="context-stroke" />
            </marker>
          </defs>
          {drawn.lines.map(({ key, path, road, relation, inCycle }) => (
            <path
              key={key}
              d={path}
              className={styles.line}
              data-cycle={inCycle}
              strokeDasharray={ROADS[road].dash}
              markerEnd="url(#arrow)"
            >
              <title>
                {relation}, {ROADS[road].name}
              </title>
            </path>
          ))}
          {drawn.nodes.map((placed) => (
            <Box key={placed.node.entity.id} placed={placed} hrefOf={hrefOf} />
          ))}
        </svg>
      </div>
      <figcaption className={styles.legend}>
        {roads.map((road) => (
          <span key={road}>
            <svg width="34" height="8" aria-hidden="true">
              <line x1="0" y1="4" x2="34" y2="4" className={styles.line} strokeDasharray={ROADS[road].dash} />
            </svg>
            {ROADS[road].name}
          </span>
        ))}
        <span className="quiet">An arrow leads to what is needed.</span>
      </figcaption>
    </figure>
  );
}

function Box({ placed: { node, x, y, inCycle }, hrefOf }: { placed: ReturnType<typeof draw>["nodes"][number]; hrefOf: HrefOf }) {
  const { entity, distance } = node;
  const name = calledBy(entity);
  return (
    <a href={hrefOf(entity.ref)} data-ref={entity.ref} className={styles.box} data-start={distance === 0} data-cycle={inCycle}>
      <title>{`${kindName(entity.kind)} ${entity.name}${entity.owner ? `, owned by ${entity.owner.title ?? entity.owner.name}` : ""}${inCycle ? ", in a circle" : ""}`}</title>
      <rect x={x} y={y} width={BOX.width} height={BOX.height} rx="4" />
      <text x={x + 9} y={y + BOX.height / 2 + 4.5}>
        {shortened(inCycle ? `↻ ${name}` : name, 25)}
      </text>
      {entity.kind === "SERVICE" ? null : (
        <text x={x + BOX.width - 8} y={y + BOX.height / 2 + 4} textAnchor="end" className={styles.kind}>
          {name.length < 15 ? kindName(entity.kind).toLowerCase() : ""}
        </text>
      )}
    </a>
  );
}

function shortened(text: string, most: number): string {
  return text.length > most ? `${text.slice(0, most - 1)}…` : text;
}

/** The same in lines: what is how far away. */
function Steps({ impact }: { impact: ImpactAnswer }) {
  return (
    <dl className={styles.steps}>
      {byDistance(impact.nodes).map(([distance, nodes]) => (
        <div key={distance}>
          <dt>{distance === 1 ? "Directly" : `${distance} steps away`}</dt>
          <dd>
            {nodes.map(({ entity }) => (
              <EntityLink key={entity.id} to={entity.ref}>
                {calledBy(entity)}
              </EntityLink>
            ))}
          </dd>
        </div>
      ))}
    </dl>
  );
}

function ImpactTable({ impact, way }: { impact: ImpactAnswer; way: Way }) {
  return (
    // A region that scrolls has to be reachable by keyboard.
    // biome-ignore lint/a11y/noNoninteractiveTabindex: see above
    <div className={styles.scroller} role="region" aria-label="Table of what is reached" tabIndex={0}>
      <table className={styles.table}>
        <thead>
          <tr>
            <th scope="col" className="number">
              Steps
            </th>
            <th scope="col">Entity</th>
            <th scope="col">Kind</th>
            <th scope="col">Owner</th>
            <th scope="col">By way of</th>
            <th scope="col">Says who</th>
          </tr>
        </thead>
        <tbody>
          {byDistance(impact.nodes).flatMap(([distance, nodes]) =>
            nodes.map(({ entity }) => (
              <tr key={entity.id}>
                <td className="number">{distance}</td>
                <th scope="row">
                  <EntityLink to={entity.ref}>{calledBy(entity)}</EntityLink>
                </th>
                <td className="quiet">{kindName(entity.kind)}</td>
                <td>
                  {entity.owner ? (
                    <EntityLink to={entity.owner.ref}>{calledBy(entity.owner)}</EntityLink>
                  ) : (
                    <span className="quiet">nobody</span>
                  )}
                </td>
                <Reasons reasons={reasonsOf(entity.id, impact, way)} way={way} />
              </tr>
            )),
          )}
        </tbody>
      </table>
    </div>
  );
}

function Reasons({ reasons, way }: { reasons: readonly Reason[]; way: Way }) {
  const keyOf = ({ other, relation, road }: Reason) => `${other} ${relation} ${road}`;
  return (
    <>
      <td>
        {reasons.map((reason) => (
          <span key={keyOf(reason)} className={styles.reason}>
            {relationWords(reason.relation, way === "NEEDS" ? "usedBy" : "uses").toLowerCase()} {reason.other}{" "}
            {reason.through.length > 0 ? (
              <>
                through{" "}
                {reason.through.map((each, place) => (
                  <span key={each.ref}>
                    {place > 0 ? ", " : ""}
                    <EntityLink to={each.ref}>{calledBy(each)}</EntityLink>
                  </span>
                ))}
              </>
            ) : (
              <span className="quiet">({ROADS[reason.road].name})</span>
            )}
          </span>
        ))}
      </td>
      <td className="quiet">
        {reasons.map((reason) => (
          <span key={keyOf(reason)} className={styles.reason}>
            {reason.words.join(", ")}
          </span>
        ))}
      </td>
    </>
  );
}
