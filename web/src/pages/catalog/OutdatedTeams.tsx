import { useNavigate, useSearch } from "@tanstack/react-router";
import { CatalogOutdatedTeams, type CatalogOutdatedTeamsQuery } from "../../api/generated";
import { filterText } from "../../lib/filter";
import { outdatedSentence, outdatedText } from "../../lib/packages";
import { count, counted, decimal, percent } from "../../lib/text";
import { useAsk } from "../../shell/data";
import { BehindBar, CountMark } from "../../ui/Judgement";
import { State } from "../../ui/State";
import { useNarrow } from "../../ui/useMedia";
import styles from "./OutdatedTeams.module.css";

type Group = CatalogOutdatedTeamsQuery["outdated"][number];

const FEW = 5;

/** Whose direct dependencies are most behind. A row leads to the packages that the team uses and that are behind. */
export function OutdatedTeams({ at, show }: { at: string | undefined; show: (filter: string) => void }) {
  const { teams } = useSearch({ strict: false }) as { teams?: string };
  const navigate = useNavigate();
  const isNarrow = useNarrow();
  const { data, error } = useAsk(CatalogOutdatedTeams, { at: at ?? null });
  const groups = data ? ranked(data.outdated) : undefined;
  // On a narrow screen the list comes first.
  const choice = teams ?? (isNarrow ? "off" : "few");
  const choose = (next: string): void =>
    void navigate({
      to: ".",
      search: (search: Record<string, unknown>) => ({ ...search, teams: next }),
      replace: true,
      resetScroll: false,
    });
  if (error && !data) return null;
  if (groups?.length === 0) return null;
  const shown = choice === "all" ? groups : groups?.slice(0, FEW);
  return (
    <div className={styles.part}>
      <div className={styles.head}>
        <h2>Most outdated by team</h2>
        <span className={`quiet ${styles.wide}`}>direct dependencies, by libyears behind the newest version</span>
        <span className={styles.fold}>
          {choice === "off" ? (
            <button type="button" onClick={() => choose("few")}>
              Show
            </button>
          ) : (
            <>
              {groups && groups.length > FEW ? (
                <button type="button" onClick={() => choose(choice === "all" ? "few" : "all")}>
                  {choice === "all" ? `First ${FEW}` : `All ${count(groups.length)}`}
                </button>
              ) : null}
              {" · "}
              <button type="button" onClick={() => choose("off")}>
                Hide
              </button>
            </>
          )}
        </span>
      </div>
      {choice === "off" ? null : (
        // A region that scrolls has to be reachable by keyboard.
        // biome-ignore lint/a11y/noNoninteractiveTabindex: see above
        <div className={styles.scroll} role="region" aria-label="Most outdated by team" tabIndex={0}>
          <table className={styles.table}>
            <thead>
              <tr>
                <th scope="col" className={`${styles.rank} number`}>
                  <span className="hidden-visually">Rank</span>
                </th>
                <th scope="col">Team</th>
                <th scope="col" className="number">
                  Libyears
                </th>
                <th scope="col" className="number">
                  Behind
                </th>
                <th scope="col" className={`number ${styles.wide}`}>
                  Share
                </th>
                <th scope="col" className={`number ${styles.wide}`}>
                  Major
                </th>
                <th scope="col" className={styles.wide}>
                  Vulnerable
                </th>
                <th scope="col" className={styles.wide}>
                  End of life
                </th>
                <th scope="col">
                  <span className="hidden-visually">How far behind</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {shown
                ? shown.map((group, place) => <TeamRow key={group.entity?.ref ?? "none"} group={group} rank={place + 1} show={show} />)
                : Array.from({ length: FEW }, (_, place) => (
                    // Rows that wait never change places.
                    // biome-ignore lint/suspicious/noArrayIndexKey: they are all alike
                    <tr key={place}>
                      <td colSpan={9}>&nbsp;</td>
                    </tr>
                  ))}
            </tbody>
          </table>
        </div>
      )}
    </div>
  );
}

/** Those of which something is known. */
function ranked(groups: readonly Group[]): Group[] {
  return groups.filter(({ outdated }) => outdated.known > 0);
}

function TeamRow({
  group: { entity, outdated, count: users },
  rank,
  show,
}: {
  group: Group;
  rank: number;
  show: (filter: string) => void;
}) {
  const filter = entity
    ? filterText([
        { key: "usedby", value: entity.ref.replace(/^team:/, "") },
        { key: "outdated", value: "yes" },
      ])
    : undefined;
  const name = entity ? (entity.title ?? entity.name) : "Without an owner";
  return (
    <tr>
      <td className={`${styles.rank} number`}>{rank}</td>
      <td className={styles.team} title={`${counted(users, "service or repository", "services and repositories")} with packages`}>
        {filter ? (
          <button type="button" onClick={() => show(filter)} title="Show the outdated packages that it uses">
            {name}
          </button>
        ) : (
          <State name="unknown">{name}</State>
        )}
      </td>
      <td className="number">{outdated.libyears === null ? <span className={styles.zero}>not known</span> : decimal(outdated.libyears)}</td>
      <td className="number">{outdatedText(outdated)}</td>
      <td className={`number ${styles.wide}`}>{outdated.share === null ? "" : percent(outdated.share, 0)}</td>
      <td className={`number ${styles.wide}`}>
        <span className={outdated.major === 0 ? styles.zero : undefined}>{count(outdated.major)}</span>
      </td>
      <td className={styles.wide}>
        <CountMark count={outdated.vulnerable} />
      </td>
      <td className={styles.wide}>
        <CountMark count={outdated.endOfLife} />
      </td>
      <td>
        <span className={styles.bar}>
          <BehindBar counts={outdated} title={outdatedSentence(outdated)} />
        </span>
      </td>
    </tr>
  );
}
