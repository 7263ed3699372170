import { useQueries, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { ask } from "../../api/client";
import { type CatalogCountsQuery, CatalogProgress } from "../../api/generated";
import { filterText, parseFilter, type Term, termText, understand } from "../../lib/filter";
import { addDays, shortDay } from "../../lib/moment";
import { count, counted } from "../../lib/text";
import { type MomentState, useGoTo } from "../../shell/moment";
import { Button } from "../../ui/Button";
import { Message } from "../../ui/Panel";
import styles from "./Catalog.module.css";
import type { List, Wanted } from "./lists";

/** No row matches: says which words keep everything out, and how many there would be without each. */
export function NoMatch({
  list,
  q,
  wanted,
  moment: { day, isPast },
  change,
}: {
  list: List;
  q: string;
  wanted: Wanted;
  moment: MomentState;
  change: (text: string) => void;
}) {
  const goTo = useGoTo();
  const { terms } = parseFilter(q);
  const without = terms.map((_, place) => terms.filter((_term, other) => other !== place));
  const counting = useQueries({
    queries: without.map((others) => {
      const { filter } = understand(filterText(others), day, (days) => addDays(day, -days), {
        parentKind: list.name === "domains" ? "domain" : "team",
      });
      return {
        queryKey: ["catalog count", list.name, filter, wanted.at],
        queryFn: async ({ signal }: { signal: AbortSignal }) =>
          filter ? (await list.load({ ...wanted, filter }, null, 0, signal)).total : 0,
        enabled: terms.length > 1,
      };
    }),
  });
  const guilty = terms
    .map((term, place) => ({ term, others: without[place] ?? [], rows: counting[place]?.data ?? 0 }))
    .filter(({ rows }) => rows > 0)
    .toSorted((one, other) => other.rows - one.rows);
  const isCounting = counting.some(({ isFetching }) => isFetching);
  return (
    <Message title={`No ${list.one} matches`} role="status">
      {terms.length === 1 && terms[0] ? (
        <p>
          {sentence(terms[0], list)} {isPast ? "That is as of the day that you look at; later it may be otherwise." : ""}
        </p>
      ) : null}
      {guilty.length > 0 ? (
        <>
          <p>All {terms.length} words together keep everything out. Without one of them there would be some:</p>
          <ul className={styles.ways}>
            {guilty.map(({ term, others, rows }) => (
              <li key={termText(term)}>
                <Button onPress={() => change(filterText(others))}>
                  Remove <strong>{termText(term)}</strong>
                </Button>
                <span>{counted(rows, list.one, list.many)}</span>
              </li>
            ))}
          </ul>
        </>
      ) : null}
      {terms.length > 1 && guilty.length === 0 && !isCounting ? (
        <p>Not one word alone keeps everything out: more than one has to go.</p>
      ) : null}
      <p className={styles.choices}>
        <Button look="primary" onPress={() => change("")}>
          Remove all words
        </Button>
        {isPast ? <Button onPress={() => goTo(undefined)}>Look at today instead of {shortDay(day)}</Button> : null}
      </p>
    </Message>
  );
}

function sentence({ key, value }: Term, list: List): string {
  if (key === undefined) return `No name, title or description of ${list.many} has "${value}" in it.`;
  if (key === "owner")
    return value.toLowerCase() === "none" ? `All ${list.many} have an owner.` : `${value}, with the teams below it, owns no ${list.many}.`;
  return `No ${list.one} has the ${key} ${value}.`;
}

/** There is nothing of the kind, or nothing at all: how the catalog is filled. */
export function NothingYet({
  list,
  counts,
  hint,
  isPast,
}: {
  list: List;
  counts: CatalogCountsQuery | undefined;
  hint: string | null;
  isPast: boolean;
}) {
  const isAllEmpty = counts !== undefined && Object.values(counts).every(({ totalCount }) => totalCount === 0);
  if (!isAllEmpty) {
    return (
      <Message title={isPast ? `There were no ${list.many} on this day` : `There are no ${list.many}`} role="status">
        <p>{list.from}</p>
        {hint ? <p>{hint}</p> : null}
      </Message>
    );
  }
  return (
    <Message title={isPast ? "Nothing was known on this day" : "Nothing has been collected yet"} role="status">
      <p>Let spot read the repositories on this machine, and two years of their history:</p>
      <p>
        <code>spot serve --git ~/src --backfill 2y</code>
      </p>
      <p>Services, owners and packages come from what stands in them. Nothing is written to them, and nothing leaves the machine.</p>
      <Progress />
    </Message>
  );
}

/** How far running collectors have come. */
function Progress() {
  const { data } = useQuery({
    queryKey: [CatalogProgress],
    queryFn: ({ signal }) => ask(CatalogProgress, {}, signal),
    refetchInterval: 2_000,
  });
  const collectors = data?.collectors ?? [];
  if (collectors.length === 0) return null;
  return (
    <>
      <ul className={styles.progress}>
        {collectors.map(({ source, running, lastRun }) => (
          <li key={source}>
            <span>{source}</span>
            {running ? (
              <>
                <progress
                  value={running.total > 0 ? running.done : undefined}
                  max={Math.max(1, running.total)}
                  aria-label={`Progress of ${source}`}
                />
                <span className="quiet">
                  {running.total > 0 ? `${count(running.done)} of ${count(running.total)}` : "starting"} ·{" "}
                  {running.backfill ? "history" : running.scope}
                </span>
              </>
            ) : (
              <span className="quiet">
                {lastRun
                  ? `${counted(lastRun.statements, "statement")} read, ${counted(lastRun.problemCount, "problem")}`
                  : "has not run yet"}
              </span>
            )}
          </li>
        ))}
      </ul>
      <p>
        <Link to="/collectors">See the collectors</Link>
      </p>
    </>
  );
}
