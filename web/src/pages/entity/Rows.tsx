/** Short lists of entities and uses, as lines. */
import { Link } from "@tanstack/react-router";
import type { CSSProperties, ReactNode } from "react";
import type { EntityUseFragment } from "../../api/generated";
import { kindName } from "../../lib/entity";
import { shortDay } from "../../lib/moment";
import { count } from "../../lib/text";
import { EntityLink } from "../../shell/EntityLink";
import { State } from "../../ui/State";
import { type Brief, calledBy } from "./answer";
import { stateOfStatus } from "./Header";
import styles from "./Rows.module.css";

/** A short section with its most telling lines first, and a way to all of them. */
export function Section({
  title,
  total,
  shown,
  tab,
  search,
  aside,
  children,
}: {
  title: string;
  total?: number;
  shown?: number;
  /** Where all of them are. */
  tab?: string;
  search?: Record<string, string>;
  aside?: ReactNode;
  children: ReactNode;
}) {
  return (
    <section className={styles.section}>
      <div className={styles.head}>
        <h2>{title}</h2>
        {total === undefined ? null : <span className={styles.total}>{count(total)}</span>}
        {aside}
      </div>
      {children}
      {tab !== undefined && total !== undefined && shown !== undefined && total > shown ? (
        <Link
          to="."
          search={(before: Record<string, unknown>) => ({ ...before, ...search, tab, q: undefined, doc: undefined })}
          className={styles.all}
          resetScroll={false}
        >
          All {count(total)}
          <span className="hidden-visually"> {title}</span>
        </Link>
      ) : null}
    </section>
  );
}

/** Lines of a list. */
export function Rows({ children }: { children: ReactNode }) {
  return <ul className={styles.rows}>{children}</ul>;
}

/** A line: what it is, and what there is to say about it. */
export function Row({ children, meta }: { children: ReactNode; meta?: ReactNode }) {
  return (
    <li className={styles.row}>
      <span className={styles.what}>{children}</span>
      {meta ? <span className={styles.meta}>{meta}</span> : null}
    </li>
  );
}

/** An entity with the shape of its state. */
export function EntityName({ entity, withKind = false }: { entity: Brief; withKind?: boolean }) {
  return (
    <span className={styles.name}>
      <EntityState entity={entity} />
      <EntityLink to={entity.ref}>{calledBy(entity)}</EntityLink>
      {withKind ? <span className={styles.kind}>{kindName(entity.kind)}</span> : null}
    </span>
  );
}

/** Only what is out of the ordinary has a shape. */
function EntityState({ entity: { state, status, kind } }: { entity: Brief }) {
  if (state === "ABSENT") {
    return (
      <State name="gone" quiet>
        not there
      </State>
    );
  }
  if (state === "REFERENCED" && kind !== "PACKAGE") {
    return (
      <State name="unknown" quiet>
        only mentioned
      </State>
    );
  }
  if (status === "deprecated" || status === "archived") {
    return (
      <State name={stateOfStatus(status)} quiet>
        {status}
      </State>
    );
  }
  return null;
}

/** The version of a used package, or what was asked for where no version is known. */
export function UsedVersion({ use: { versions, requirement } }: { use: Pick<EntityUseFragment, "versions" | "requirement"> }) {
  if (versions.length > 0) return <span className="mono">{versions.join(", ")}</span>;
  if (requirement) return <span className={`mono ${styles.wanted}`}>{requirement}</span>;
  return (
    <State name="unknown" quiet>
      version not known
    </State>
  );
}

/** Tells the style sheet of a table how many rows it has. */
export function rowCount(rows: number): CSSProperties {
  return { "--rows": rows } as CSSProperties;
}

/** Since which day. */
export function Since({ day }: { day: string }) {
  return <span className={styles.since}>since {shortDay(day)}</span>;
}
