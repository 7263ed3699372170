import { useMemo, useState } from "react";
import type { EntityRelationFragment } from "../../api/generated";
import { kindName } from "../../lib/entity";
import { dayOf, shortDay } from "../../lib/moment";
import { counted } from "../../lib/text";
import { EntityLink } from "../../shell/EntityLink";
import { useMoment } from "../../shell/moment";
import { type Column, Table } from "../../ui/Table";
import { calledBy } from "./answer";
import { useSubject } from "./context";
import styles from "./Lists.module.css";
import { EntityName, rowCount } from "./Rows";
import { byRelation, type Direction, relationWords } from "./relations";

/** What it uses and what uses it, all of it. */
export function Relations() {
  const { entity } = useSubject();
  if (entity.uses.length + entity.usedBy.length === 0) {
    return <p className={styles.nothing}>On this day it uses nothing that is declared, and nothing that is declared uses it.</p>;
  }
  return (
    <div className={styles.stack}>
      <Direct direction="usedBy" relations={entity.usedBy} title="What uses it" none="Nothing that is declared uses it." />
      <Direct direction="uses" relations={entity.uses} title="What it uses" none="It declares to use nothing." />
    </div>
  );
}

function Direct({
  direction,
  relations,
  title,
  none,
}: {
  direction: Direction;
  relations: EntityRelationFragment[];
  title: string;
  none: string;
}) {
  const { zone } = useMoment();
  const [text, setText] = useState("");
  const sorted = useMemo(() => byRelation(relations).flatMap(({ relations: some }) => some), [relations]);
  const wanted = text.trim().toLowerCase();
  const shown =
    wanted === "" ? sorted : sorted.filter(({ entity }) => `${entity.ref} ${entity.title ?? ""}`.toLowerCase().includes(wanted));
  const columns: Column<EntityRelationFragment>[] = [
    { id: "entity", title: "Entity", width: "minmax(180px, 2fr)", narrow: "first", cell: ({ entity }) => <EntityName entity={entity} /> },
    {
      id: "relation",
      title: "Relation",
      width: "minmax(110px, 1fr)",
      narrow: "second",
      cell: ({ relation }) => relationWords(relation, direction),
    },
    { id: "kind", title: "Kind", width: "100px", cell: ({ entity }) => kindName(entity.kind) },
    {
      id: "owner",
      title: "Owner",
      width: "minmax(100px, 1fr)",
      narrow: "second",
      cell: ({ entity: { owner } }) =>
        owner ? <EntityLink to={owner.ref}>{calledBy(owner)}</EntityLink> : <span className="quiet">nobody</span>,
    },
    { id: "since", title: "Since", width: "110px", numeric: true, cell: ({ since }) => shortDay(dayOf(since, zone)) },
  ];
  return (
    <section>
      <div className={styles.head}>
        <h2>{title}</h2>
        <span className="quiet">{counted(relations.length, "relation")}</span>
        {relations.length > 20 ? (
          <input
            type="search"
            aria-label={`Filter: ${title}`}
            placeholder="Filter by name"
            value={text}
            onChange={(event) => setText(event.target.value)}
            className={styles.field}
          />
        ) : null}
      </div>
      {relations.length === 0 ? (
        <p className={styles.nothing}>{none}</p>
      ) : (
        <div className={styles.table} style={rowCount(Math.min(shown.length, 14))}>
          <Table
            label={title}
            columns={columns}
            rows={shown}
            total={shown.length}
            rowKey={({ entity, relation, named }) => `${relation} ${named} ${entity.ref}`}
          />
        </div>
      )}
    </section>
  );
}
