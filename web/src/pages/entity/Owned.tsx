import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { ask } from "../../api/client";
import { type EntityOwnedPageFragment, EntityOwns, type EntityOwnsQuery, type Kind } from "../../api/generated";
import { isKindWord, KINDS, type KindWord } from "../../lib/entity";
import { count } from "../../lib/text";
import { EntityLink } from "../../shell/EntityLink";
import { Failure, Lines } from "../../ui/Panel";
import { type Column, Table } from "../../ui/Table";
import { type Brief, calledBy, type EntityAnswer, part } from "./answer";
import { useEntitySearch, useNavigateSearch, useSubject } from "./context";
import styles from "./Lists.module.css";
import { EntityName, rowCount } from "./Rows";

/** What is owned, of one kind. */
export interface OwnedOfKind {
  word: KindWord;
  kind: Kind;
  total: number;
  first: Brief[];
}

/** What a team or person owns, by kind; nothing for other entities. */
export function ownedOf(entity: EntityAnswer): OwnedOfKind[] | undefined {
  const parts = {
    service: part(entity, "ownedServices"),
    repository: part(entity, "ownedRepositories"),
    system: part(entity, "ownedSystems"),
    api: part(entity, "ownedApis"),
    resource: part(entity, "ownedResources"),
  } as const;
  if (Object.values(parts).every((each) => each === undefined)) return undefined;
  return (Object.keys(parts) as (keyof typeof parts)[]).map((word) => ({
    word,
    kind: KINDS[word].kind,
    total: parts[word]?.totalCount ?? 0,
    first: parts[word]?.nodes ?? [],
  }));
}

/** Everything that a team or person owns, one kind at a time. */
export function Owned() {
  const { entity, asked, at } = useSubject();
  const { kind, tree } = useEntitySearch();
  const owned = ownedOf(entity) ?? [];
  const word: KindWord = kind !== undefined && isKindWord(kind) ? kind : (owned.find(({ total }) => total > 0)?.word ?? "service");
  const isTree = tree !== "off";
  const owns = useInfiniteQuery({
    queryKey: [EntityOwns, asked, at, word, isTree],
    queryFn: ({ pageParam, signal }) =>
      ask(EntityOwns, { ref: asked, at: at ?? null, kind: KINDS[word].kind, tree: isTree, after: pageParam }, signal),
    initialPageParam: null as string | null,
    getNextPageParam: ({ entity: { entity: found } }) => {
      const page = ownsOf(found);
      return page?.pageInfo.hasNextPage ? page.pageInfo.endCursor : null;
    },
  });
  const total = ownsOf(owns.data?.pages[0]?.entity.entity ?? null)?.totalCount;
  const rows = owns.data?.pages.flatMap((page) => ownsOf(page.entity.entity)?.nodes ?? []);
  const columns: Column<EntityOwnedPageFragment["nodes"][number]>[] = [
    { id: "name", title: "Name", width: "minmax(180px, 1.4fr)", narrow: "first", cell: (each) => <EntityName entity={each} /> },
    {
      id: "owner",
      title: "Owner",
      width: "minmax(110px, 1fr)",
      narrow: "second",
      cell: ({ owner }) => (owner ? <EntityLink to={owner.ref}>{calledBy(owner)}</EntityLink> : ""),
    },
    { id: "type", title: "Type", width: "110px", narrow: "second", cell: ({ type }) => type ?? "" },
    { id: "lifecycle", title: "Lifecycle", width: "110px", cell: ({ lifecycle }) => lifecycle ?? "" },
    {
      id: "description",
      title: "Description",
      width: "minmax(160px, 2fr)",
      cell: ({ description }) => <span className="quiet">{description}</span>,
    },
  ];
  return (
    <div>
      <div className={styles.head}>
        <nav aria-label="Kinds" className={styles.kinds}>
          {owned.map(({ word: each, total: number }) => (
            <Link
              key={each}
              to="."
              search={(search: Record<string, unknown>) => ({ ...search, kind: each })}
              resetScroll={false}
              replace
              activeProps={{}}
              className={styles.kindLink}
              {...(each === word ? { "aria-current": "true" as const, "data-current": true } : { "aria-current": undefined })}
            >
              {KINDS[each].many}
              <span className="quiet">{count(number)}</span>
            </Link>
          ))}
        </nav>
        {entity.kind === "TEAM" ? <TreeChoice /> : null}
      </div>
      {rows === undefined || total === undefined ? (
        owns.error ? (
          <Failure error={owns.error} retry={() => owns.refetch()} isRetrying={owns.isFetching} />
        ) : (
          <Lines count={8} />
        )
      ) : total === 0 ? (
        <p className={styles.nothing}>
          On this day {calledBy(entity)} owns no {KINDS[word].many.toLowerCase()}.
        </p>
      ) : (
        <div className={styles.table} style={rowCount(Math.min(total, 500))}>
          <Table
            label={KINDS[word].many}
            columns={columns}
            rows={rows}
            total={total}
            rowKey={({ ref }) => ref}
            onNeedMore={() => {
              if (!owns.isFetchingNextPage) void owns.fetchNextPage();
            }}
          />
        </div>
      )}
    </div>
  );
}

/** Whether what the teams below own is counted too. */
export function TreeChoice() {
  const { tree } = useEntitySearch();
  const navigate = useNavigateSearch();
  return (
    <label className={styles.choice}>
      <input type="checkbox" checked={tree !== "off"} onChange={(event) => navigate({ tree: event.target.checked ? undefined : "off" })} />
      with the teams below
    </label>
  );
}

function ownsOf(entity: EntityOwnsQuery["entity"]["entity"]) {
  return entity && "owns" in entity ? entity.owns : undefined;
}
