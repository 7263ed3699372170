import { Link } from "@tanstack/react-router";
import { type ReactNode, useMemo, useState } from "react";
import { kindName, nameOf, parseRef } from "../../lib/entity";
import { absolute, dayOf, relative, shortDay } from "../../lib/moment";
import { safeUrl } from "../../lib/value";
import { EntityLink } from "../../shell/EntityLink";
import { useMoment } from "../../shell/moment";
import { Button } from "../../ui/Button";
import { State, type StateName } from "../../ui/State";
import { type Brief, calledBy, part } from "./answer";
import { attention } from "./attention";
import { useSubject } from "./context";
import { Asked, AskedLater, CopyButton } from "./FactPanel";
import { type Fact, findFact } from "./facts";
import styles from "./Header.module.css";
import { lifeOf } from "./life";

/** What needs attention; nothing at all if all is well. */
export function Band() {
  const { entity } = useSubject();
  const notices = useMemo(() => attention(entity), [entity]);
  if (notices.length === 0) return null;
  return (
    <section aria-label="Needs attention" className={styles.band}>
      <ul>
        {notices.map(({ id, state, title, text }) => (
          <li key={id}>
            <State name={state}>
              <strong>{title}</strong> <span className={styles.why}>{text}</span>
            </State>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** What it is and whose: its name, ref, description, and the facts that say most. */
export function Header() {
  const { entity } = useSubject();
  const { kind, name, title, ref, description, owners, status, state, topics, links } = entity;
  const { zone } = useMoment();
  const { began } = lifeOf(entity.named.nodes);
  const general = (field: string): Fact | undefined => findFact(entity.facts, "GENERAL", field);
  const safeLinks = links.flatMap(({ title: text, url }) => {
    const safe = safeUrl(url);
    return safe ? [{ text: text ?? safe, url: safe }] : [];
  });
  return (
    <header className={styles.header}>
      <p className={styles.kind}>
        {kindName(kind)}
        {status ? (
          <>
            <span aria-hidden="true">·</span>
            <State name={stateOfStatus(status)}>
              <Asked fact={general("status")}>{status}</Asked>
            </State>
          </>
        ) : state === "REFERENCED" && kind !== "PACKAGE" ? (
          <>
            <span aria-hidden="true">·</span>
            <State name="unknown">only mentioned</State>
          </>
        ) : null}
        {began ? (
          <>
            <span aria-hidden="true">·</span>
            <span title={absolute(began.at, zone)}>
              {began.isChange ? "since" : "known since"} {shortDay(dayOf(began.at, zone))}
            </span>
          </>
        ) : null}
      </p>
      <h1 className={styles.title}>{title === null ? name : <Asked fact={general("title")}>{title}</Asked>}</h1>
      <p className={styles.ref}>
        <code>{ref}</code>
        <CopyButton text={ref} what={`the ref of ${name}`} />
      </p>
      {description && description !== title ? <Description text={description} fact={general("description")} /> : null}
      <dl className={styles.facts}>
        {kind === "PACKAGE" || kind === "PERSON" || kind === "TEAM" ? null : (
          <Item label={owners.length > 1 ? "Owners" : "Owner"}>
            {owners.length === 0 ? (
              <State name="unknown">nobody</State>
            ) : (
              <Asked fact={general("owner")} link>
                {owners.map((owner, place) => (
                  <span key={owner.ref}>
                    {place === 0 ? null : place === 1 ? <span className="quiet"> with </span> : ", "}
                    <Owner owner={owner} strong={place === 0} />
                  </span>
                ))}
              </Asked>
            )}
          </Item>
        )}
        <Linked label="System" entity={part(entity, "system")} fact={general("system")} />
        <Linked label="Domain" entity={part(entity, "domain")} fact={general("domain")} />
        <Linked label="Part of" entity={part(entity, "subcomponentOf")} fact={general("subcomponentOf")} />
        <Linked label={kind === "TEAM" ? "Part of" : "Parent"} entity={part(entity, "parent")} fact={general("parent")} />
        {kind === "PERSON" ? (
          <Item label="Teams">
            <Refs entities={part(entity, "memberOf") ?? []} fact={general("memberOf")} none="in none" />
          </Item>
        ) : null}
        <Plain label="Type" text={entity.type} fact={general("type")} />
        <Plain label="Lifecycle" text={entity.lifecycle} fact={general("lifecycle")} />
        <Linked
          label="Repository"
          entity={part(entity, "repository") ?? repositoryOf(general("repository"))}
          fact={general("repository")}
        />
        <Plain label="Version" text={part(entity, "version")} fact={general("version")} mono />
        <Plain label="Languages" text={part(entity, "languages")?.slice(0, 4).join(", ")} fact={general("languages")} />
        {kind === "PACKAGE" ? null : <Plain label="Licence" text={part(entity, "licence")} fact={general("licence")} />}
        <Plain label="Visibility" text={part(entity, "visibility")} fact={general("visibility")} />
        <Plain label="Ecosystem" text={part(entity, "ecosystem")} fact={undefined} />
        {kind === "PACKAGE" ? <RegistryItems /> : null}
        {kind === "TEAM" || kind === "SERVICE" || kind === "SYSTEM" || kind === "DOMAIN" ? (
          <Item label="Quality">
            <Link to="/board" search={{ of: ref }}>
              Its board
            </Link>
          </Item>
        ) : null}
        <Plain label="Mail" text={part(entity, "email")} fact={general("email")} />
        <Plain label="Topics" text={topics.join(", ")} fact={general("topics")} />
        {safeLinks.length > 0 ? (
          <Item label="Links" wide>
            <Asked fact={general("links")} link>
              <span className={styles.links}>
                {safeLinks.map(({ text, url }) => (
                  <a key={url} href={url} target="_blank" rel="noreferrer noopener" title={url}>
                    {text} <span aria-hidden="true">↗</span>
                  </a>
                ))}
              </span>
            </Asked>
          </Item>
        ) : null}
      </dl>
    </header>
  );
}

/** What a registry says of a package. */
function RegistryItems() {
  const { entity } = useSubject();
  const { zone, now, isPast } = useMoment();
  const latest = part(entity, "latest");
  const published = part(entity, "latestPublishedAt");
  const internal = part(entity, "internal");
  const registry = part(entity, "registry");
  if (!registry) {
    return (
      <Item label="Registry">
        <State name="unknown">none was asked</State>
      </Item>
    );
  }
  const asked = (field: string, text: string): ReactNode => (
    <AskedLater facet="PACKAGE" field={field} label={`${field} ${text}`}>
      {field === "latest" ? <span className="mono">{text}</span> : text}
    </AskedLater>
  );
  const licence = part(entity, "licence");
  return (
    <>
      {latest ? (
        <Item label="Latest">
          {asked("latest", latest)}{" "}
          {published ? (
            <time className="quiet" dateTime={published} title={absolute(published, zone)}>
              {isPast ? shortDay(dayOf(published, zone)) : relative(published, now)}
            </time>
          ) : null}
        </Item>
      ) : null}
      {licence ? <Item label="Licence">{asked("licence", licence)}</Item> : null}
      <Item label="Registry">{asked("registry", registry)}</Item>
      {internal === undefined ? null : <Item label="Published by">{asked("internal", internal ? "ourselves" : "others")}</Item>}
    </>
  );
}

const FOLDED_AT = 260;

function Description({ text, fact }: { text: string; fact: Fact | undefined }) {
  const [isOpen, setOpen] = useState(false);
  const isLong = text.length > FOLDED_AT + 60;
  return (
    <p className={styles.description}>
      <Asked fact={fact}>{isLong && !isOpen ? `${text.slice(0, FOLDED_AT)}…` : text}</Asked>
      {isLong ? (
        <Button look="plain" className={styles.more ?? ""} onPress={() => setOpen(!isOpen)} aria-expanded={isOpen}>
          {isOpen ? "Less" : "More"}
        </Button>
      ) : null}
    </p>
  );
}

function Item({ label, wide, children }: { label: string; wide?: boolean; children: ReactNode }) {
  return (
    <div className={wide ? styles.wide : undefined}>
      <dt>{label}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function Plain({ label, text, fact, mono }: { label: string; text: string | null | undefined; fact: Fact | undefined; mono?: boolean }) {
  if (!text) return null;
  return (
    <Item label={label}>
      <Asked fact={fact}>{mono ? <span className="mono">{text}</span> : text}</Asked>
    </Item>
  );
}

function Linked({
  label,
  entity,
  fact,
}: {
  label: string;
  entity: Brief | Pick<Brief, "ref" | "name" | "title"> | undefined;
  fact: Fact | undefined;
}) {
  if (!entity) return null;
  return (
    <Item label={label}>
      <Asked fact={fact} link>
        <EntityLink to={entity.ref}>{calledBy(entity)}</EntityLink>
      </Asked>
    </Item>
  );
}

function Refs({ entities, fact, none }: { entities: Brief[]; fact: Fact | undefined; none: string }) {
  if (entities.length === 0) return <span className="quiet">{none}</span>;
  return (
    <Asked fact={fact} link>
      {entities.map((entity, place) => (
        <span key={entity.ref}>
          {place > 0 ? ", " : ""}
          <EntityLink to={entity.ref}>{calledBy(entity)}</EntityLink>
        </span>
      ))}
    </Asked>
  );
}

function Owner({ owner, strong }: { owner: Brief; strong: boolean }) {
  return (
    <>
      <EntityLink to={owner.ref} className={strong ? styles.owner : undefined}>
        {calledBy(owner)}
      </EntityLink>
      {owner.state === "DEFINED" ? null : (
        <State name="unknown" quiet>
          not defined anywhere
        </State>
      )}
    </>
  );
}

function repositoryOf(fact: Fact | undefined): Pick<Brief, "ref" | "name" | "title"> | undefined {
  const ref = fact?.value;
  return typeof ref === "string" && parseRef(ref) ? { ref, name: nameOf(ref), title: null } : undefined;
}

/** The shape of a status. */
export function stateOfStatus(status: string): StateName {
  switch (status) {
    case "active":
      return "good";
    case "deprecated":
      return "warning";
    case "archived":
      return "gone";
    default:
      return "unknown";
  }
}
