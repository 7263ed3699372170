import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import type { EntityRelationFragment } from "../../api/generated";
import { KINDS } from "../../lib/entity";
import { dayOf } from "../../lib/moment";
import { count } from "../../lib/text";
import { EntityLink } from "../../shell/EntityLink";
import { useMoment } from "../../shell/moment";
import { type Brief, calledBy, part } from "./answer";
import { useSubject } from "./context";
import { DependenciesSection } from "./Dependencies";
import { FacetSections } from "./Facts";
import { sectionsOf } from "./facts";
import listStyles from "./Lists.module.css";
import styles from "./Overview.module.css";
import { ownedOf, TreeChoice } from "./Owned";
import { PackageOverview } from "./PackagePage";
import { QualitySection } from "./Quality";
import { EntityName, Row, Rows, Section, Since } from "./Rows";
import { ClusterSections, ConfigurationSection, DeploymentsSection, PagesSection, RuntimeSection, WorkSections } from "./Running";
import { byRelation, type Direction, relationWords } from "./relations";
import { TeamHealth } from "./TeamHealth";
import { WorkloadOverview } from "./WorkloadPage";

const SHORT = 5;

/** The parts of an entity, each with its most telling lines. */
export function Overview() {
  const { entity } = useSubject();
  const { uses, usedBy } = entity;
  const lists: [string, Brief[] | undefined, string][] = [
    ["Services", part(entity, "services"), "No service stands in it on this day."],
    ["APIs", part(entity, "apis"), ""],
    ["Resources", part(entity, "resources"), ""],
    ["Systems", part(entity, "systems"), "No system belongs to it on this day."],
    ["Parts", part(entity, "subcomponents"), ""],
  ];
  const isService = entity.kind === "SERVICE";
  const hasRuntime = isService || entity.kind === "REPOSITORY";
  return (
    <div className={styles.overview}>
      {entity.kind === "TEAM" ? <People /> : null}
      {entity.kind === "TEAM" ? <TeamHealth /> : null}
      {entity.kind === "PERSON" ? <TeamsOfPerson /> : null}
      <OwnedSections />
      {entity.kind === "PACKAGE" ? <PackageOverview /> : null}
      {entity.kind === "SERVICE" || entity.kind === "REPOSITORY" ? (
        <div className={styles.health}>
          <QualitySection />
          <DependenciesSection />
        </div>
      ) : null}
      {entity.kind === "WORKLOAD" ? <WorkloadOverview /> : null}
      <div className={styles.column}>
        {entity.kind === "CLUSTER" ? <ClusterSections /> : null}
        {hasRuntime ? <DeploymentsSection /> : null}
        {hasRuntime ? <WorkSections /> : null}
        {lists.map(([title, entities, none]) =>
          entities && (entities.length > 0 || none !== "") ? <Entities key={title} title={title} entities={entities} none={none} /> : null,
        )}
        {usedBy.length > 0 || isService ? (
          <RelationsSection title="Needed by" relations={usedBy} direction="usedBy" none="Nothing declares to use it." />
        ) : null}
        {isService ? null : <DocumentsSection />}
        {isService ? null : <PagesSection />}
      </div>
      <div className={styles.column}>
        {isService ? <RuntimeSection /> : null}
        {isService ? <ConfigurationSection /> : null}
        {uses.length > 0 || isService ? (
          <RelationsSection title="Needs" relations={uses} direction="uses" none="It declares to use nothing." />
        ) : null}
        {isService ? <DocumentsSection /> : null}
        {isService ? <PagesSection /> : null}
        <FacetSections />
      </div>
    </div>
  );
}

/** Who is in a team, and the teams below it: names in a line, for that is what one looks for. */
function People() {
  const { entity } = useSubject();
  const members = part(entity, "members") ?? [];
  const children = part(entity, "children") ?? [];
  const hasNobody = members.length === 0 && children.length === 0;
  return (
    <div className={styles.people}>
      {members.length > 0 || hasNobody ? (
        <Section title="Members" total={members.length}>
          {hasNobody ? <Nothing>Nobody is in this team on this day.</Nothing> : <Names entities={members} />}
        </Section>
      ) : null}
      {children.length > 0 ? (
        <Section title="Teams below" total={children.length}>
          <Names entities={children} />
        </Section>
      ) : null}
    </div>
  );
}

function Names({ entities }: { entities: Brief[] }) {
  const sorted = [...entities].sort((one, other) => calledBy(one).localeCompare(calledBy(other)));
  return (
    <ul className={styles.names}>
      {sorted.map((each) => (
        <li key={each.ref}>
          <EntityName entity={each} />
        </li>
      ))}
    </ul>
  );
}

/** What the teams of a person own: what one comes to a person for. */
function TeamsOfPerson() {
  const { entity } = useSubject();
  const teams = part(entity, "memberOf") ?? [];
  if (teams.length === 0) return <Nothing>{calledBy(entity)} is in no team on this day.</Nothing>;
  return teams.map((team) => {
    const services = "owns" in team ? team.owns : undefined;
    const name = calledBy(team);
    return (
      <Section
        key={team.ref}
        title={`Services of ${name}`}
        {...(services ? { total: services.totalCount } : {})}
        aside={<EntityLink to={team.ref}>about the team</EntityLink>}
      >
        {services && services.totalCount > 0 ? (
          <Rows>
            {services.nodes.map((each) => (
              <Row key={each.ref} meta={each.type}>
                <EntityName entity={each} />
              </Row>
            ))}
          </Rows>
        ) : (
          <Nothing>{name} owns no service on this day.</Nothing>
        )}
        {services && services.totalCount > services.nodes.length ? (
          <Link
            to="/$kind/$"
            params={{ kind: "team", _splat: team.name }}
            search={({ at }: Record<string, string | undefined>) => ({ at, tab: "owns", kind: "service" })}
          >
            All {count(services.totalCount)}
            <span className="hidden-visually"> services of {name}</span>
          </Link>
        ) : null}
      </Section>
    );
  });
}

function DocumentsSection() {
  const { entity } = useSubject();
  const documents = sectionsOf(entity.facts)
    .find(({ facet }) => facet === "DOCUMENTATION")
    ?.keyed.find(({ name }) => name === "documents");
  if (!documents) return null;
  return (
    <Section title="Documents" total={documents.entries.length} shown={SHORT} tab="docs">
      <Rows>
        {[...documents.entries]
          .sort((one, other) => depth(one.key) - depth(other.key))
          .slice(0, SHORT)
          .map(({ key = "", value }) => (
            <Row key={key}>
              <Link to="." search={(search: Record<string, unknown>) => ({ ...search, tab: "docs", doc: key, q: undefined })}>
                {titleOf(value) ?? key}
              </Link>
              <span className={styles.by}>{key}</span>
            </Row>
          ))}
      </Rows>
    </Section>
  );
}

function OwnedSections() {
  const { entity } = useSubject();
  const owned = ownedOf(entity);
  if (!owned) return null;
  const some = owned.filter(({ total }) => total > 0);
  const isTeam = entity.kind === "TEAM";
  // People own by their teams; that they own nothing themselves goes without saying.
  if (entity.kind === "PERSON" && some.length === 0) return null;
  return (
    <div className={styles.whole}>
      <div className={listStyles.head}>
        <h2>Owns</h2>
        {isTeam ? <TreeChoice /> : null}
      </div>
      {some.length === 0 ? (
        <Nothing>
          {calledBy(entity)} owns nothing on this day{isTeam ? ", nor do the teams below it" : ""}.
        </Nothing>
      ) : (
        <>
          <dl className={styles.figures}>
            {some.map(({ word, total }) => (
              <div key={word}>
                <dt>{total === 1 ? KINDS[word].one : KINDS[word].many}</dt>
                <dd>
                  <Link to="." search={(search: Record<string, unknown>) => ({ ...search, tab: "owns", kind: word })} resetScroll={false}>
                    {count(total)}
                  </Link>
                </dd>
              </div>
            ))}
          </dl>
          <div className={styles.overview}>
            {some.map(({ word, total, first }) => (
              <Section key={word} title={KINDS[word].many} total={total} shown={first.length} tab="owns" search={{ kind: word }}>
                <Rows>
                  {first.map((each) => (
                    <Row key={each.ref} meta={each.type}>
                      <EntityName entity={each} />
                    </Row>
                  ))}
                </Rows>
              </Section>
            ))}
          </div>
        </>
      )}
    </div>
  );
}

function Entities({ title, entities, none }: { title: string; entities: Brief[]; none: string }) {
  return (
    <Section title={title} total={entities.length}>
      {entities.length === 0 ? (
        <Nothing>{none}</Nothing>
      ) : (
        <Folded total={entities.length}>
          {entities.map((each) => (
            <Row key={each.ref} meta={each.type}>
              <EntityName entity={each} />
            </Row>
          ))}
        </Folded>
      )}
    </Section>
  );
}

function RelationsSection({
  title,
  relations,
  direction,
  none,
}: {
  title: string;
  relations: EntityRelationFragment[];
  direction: Direction;
  none: string;
}) {
  const { zone } = useMoment();
  const sorted = byRelation(relations).flatMap(({ relations: some }) => some);
  return (
    <Section
      title={title}
      total={relations.length}
      shown={SHORT}
      tab="relations"
      aside={
        direction === "usedBy" ? (
          <Link
            to="."
            search={(search: Record<string, unknown>) => ({ ...search, tab: "impact" })}
            className={styles.aside}
            resetScroll={false}
          >
            What breaks if it is down
          </Link>
        ) : null
      }
    >
      {relations.length === 0 ? (
        <Nothing>{none}</Nothing>
      ) : (
        <Rows>
          {sorted.slice(0, SHORT).map(({ entity, relation, named, since }) => (
            <Row
              key={`${relation} ${named} ${entity.ref}`}
              meta={
                <>
                  <span>{relationWords(relation, direction).toLowerCase()}</span>
                  <Since day={dayOf(since, zone)} />
                </>
              }
            >
              <EntityName entity={entity} />
            </Row>
          ))}
        </Rows>
      )}
    </Section>
  );
}

// A list that nobody pages on the server: the rest is there and opens in place.
function Folded({ total, children }: { total: number; children: ReactNode[] }) {
  if (total <= 2 * SHORT) return <Rows>{children}</Rows>;
  return (
    <>
      <Rows>{children.slice(0, SHORT)}</Rows>
      <details className={styles.rest}>
        <summary>All {count(total)}</summary>
        <Rows>{children.slice(SHORT)}</Rows>
      </details>
    </>
  );
}

function Nothing({ children }: { children: ReactNode }) {
  return <p className={styles.nothing}>{children}</p>;
}

function depth(path: string | undefined): number {
  return (path ?? "").split("/").length;
}

function titleOf(value: unknown): string | undefined {
  if (typeof value === "string") return value;
  const title = (value as { title?: unknown } | null)?.title;
  return typeof title === "string" ? title : undefined;
}
