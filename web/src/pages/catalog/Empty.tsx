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
  const counting = (of: Term[]) => {
    const { filter } = understand(filterText(of), day, (days) => addDays(day, -days), {
      parentKind: list.name === "domains" ? "domain" : "team",
    });
    return {
      queryKey: ["catalog count", list.name, filter ?? of, wanted.at],
      queryFn: async ({ signal }: { signal: AbortSignal }) =>
        filter ? (await list.load({ ...wanted, filter }, null, 0, signal)).total : 0,
    };
  };
  const places = terms.map((_, place) => place);
  const others = places.map((place) => terms.filter((_, other) => other !== place));
  const isSeveral = terms.length > 1;
  // Of two words, what is left without one is the other alone: a question is asked once.
  const alone = useQueries({ queries: isSeveral ? terms.map((term) => counting([term])) : [] });
  const without = useQueries({ queries: terms.length > 2 ? others.map(counting) : [] });
  return (
    <Message title={`No ${list.one} matches`} role="status">
      {!isSeveral && terms[0] ? (
        <p>
          {sentence(terms[0], list)} {isPast ? "That is as of the day that you look at; later it may be otherwise." : ""}
        </p>
      ) : null}
      {isSeveral ? (
        <>
          <p>Each word keeps something out, and together they keep out everything.</p>
          <table className={styles.ways}>
            <thead>
              <tr>
                <th scope="col">Word</th>
                <th scope="col" className="number">
                  Alone
                </th>
                <th scope="col" className="number">
                  Without it
                </th>
                <th>
                  <span className="hidden-visually">What can be done</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {terms.map((term, place) => (
                <tr key={termText(term)}>
                  <td>
                    <code>{termText(term)}</code>
                  </td>
                  <td className="number">
                    <Rows rows={alone[place]?.data} />
                  </td>
                  <td className="number">
                    <Rows rows={terms.length === 2 ? alone[1 - place]?.data : without[place]?.data} />
                  </td>
                  <td>
                    <Button look="plain" onPress={() => change(filterText(others[place] ?? []))} aria-label={`Remove ${termText(term)}`}>
                      Remove
                    </Button>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </>
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

function Rows({ rows }: { rows: number | undefined }) {
  if (rows === undefined) return <span className={styles.zero}>…</span>;
  return rows === 0 ? <span className={styles.zero}>none</span> : <strong>{count(rows)}</strong>;
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
