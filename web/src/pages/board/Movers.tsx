import { Link } from "@tanstack/react-router";
import type { BoardMoverFragment, Metric } from "../../api/generated";
import { changeOf, figureText, metricWord } from "../../lib/figure";
import { dayOf } from "../../lib/moment";
import { before, periodTitle } from "../../lib/period";
import { count } from "../../lib/text";
import { safeUrl } from "../../lib/value";
import { useMoment } from "../../shell/moment";
import { Lines, Panel } from "../../ui/Panel";
import { MOVING } from "./address";
import styles from "./Board.module.css";
import { useBoardContext } from "./context";
import { recordTitle } from "./record";
import { ChangeMark } from "./Tiles";
import { TimelineLink } from "./TimelineLink";
import { useMovers } from "./useBoard";

const NAMES: Record<(typeof MOVING)[number], string> = {
  STABILITY: "Stability",
  OPEN_BUGS: "Open bugs",
  BUGS_IN_BREACH: "In breach",
  CRITICAL_INCIDENTS: "Critical incidents",
};

/** Whose figure moved most, for the worse and for the better, and because of what: teams, or the services of one. */
export function Movers({ metric, choose }: { metric: (typeof MOVING)[number]; choose: (metric: string | undefined) => void }) {
  const { asked, shown, year, told, isWall } = useBoardContext();
  // Where figures say nothing of a year, because much less was known then, nobody moved in it either.
  const isComparable = year === undefined || told.get(metric)?.before !== null;
  const answering = useMovers(asked, year, metric, isWall);
  return (
    <section className={styles.box} aria-label="What moved most">
      <h2 className={styles.boxName}>
        Moved most
        <span className={styles.aside}>against {periodTitle(year ?? before(shown))}</span>
      </h2>
      <div className={styles.kinds} role="group" aria-label="Ranked by">
        {MOVING.map((each) => (
          <button
            key={each}
            type="button"
            aria-pressed={each === metric}
            onClick={() => choose(each === "OPEN_BUGS" ? undefined : metricWord(each))}
          >
            {NAMES[each]}
          </button>
        ))}
      </div>
      <Panel
        answering={answering}
        skeleton={<Lines count={6} height={44} />}
        empty={({ board }) =>
          board === null || !isComparable || board.movers.up.length + board.movers.down.length === 0 ? (
            <p className={styles.none}>Nobody's figure differs from that of the other period, or it is known of one of the two only.</p>
          ) : undefined
        }
      >
        {({ board }) => {
          const figure = board?.figures[0];
          if (!board || !figure) return null;
          const worse = figure.moreIsBetter ? board.movers.down : board.movers.up;
          const better = figure.moreIsBetter ? board.movers.up : board.movers.down;
          return (
            <>
              <MoverList title="For the worse" movers={worse} of={figure} causes={2} />
              <MoverList title="For the better" movers={better} of={figure} causes={1} />
            </>
          );
        }}
      </Panel>
    </section>
  );
}

type Measured = Parameters<typeof changeOf>[0] & { metric: Metric };

interface MoverListProps {
  title: string;
  movers: BoardMoverFragment[];
  of: Measured;
  /** How many causes are named of each. */
  causes: number;
}

function MoverList({ title, movers, of, causes }: MoverListProps) {
  if (movers.length === 0) return null;
  return (
    <>
      <h3 className={styles.moverKind}>{title}</h3>
      <ul className={styles.movers}>
        {movers.map((mover) => (
          <li key={mover.entity?.ref ?? ""}>
            <p className={styles.mover}>
              <span className={styles.moverName}>{mover.entity ? <BoardOf entity={mover.entity} /> : "Nobody's"}</span>
              <span className={styles.moverValues}>
                {figureText(of, mover.before)} <span aria-hidden="true">→</span>
                <span className="hidden-visually">to</span> <strong>{figureText(of, mover.after)}</strong>
              </span>
              <ChangeMark change={changeOf(of, mover.after, mover.before)} />
            </p>
            <Causes mover={mover} most={causes} />
          </li>
        ))}
      </ul>
    </>
  );
}

/** Leads to the board of a team or service, in the same period. */
function BoardOf({ entity: { ref, name, title } }: { entity: NonNullable<BoardMoverFragment["entity"]> }) {
  return (
    <Link
      to="."
      search={(old: Record<string, string | undefined>) => ({ ...old, of: ref, figure: undefined })}
      title={`The board of ${title ?? name}`}
    >
      {title ?? name}
    </Link>
  );
}

/** The records without which more than half of the difference would not be there. */
function Causes({ mover: { causes, causeCount }, most }: { mover: BoardMoverFragment; most: number }) {
  const { zone } = useMoment();
  const shown = causes.slice(0, most);
  const more = causeCount - shown.length;
  if (shown.length === 0) return null;
  return (
    <ul className={styles.causes}>
      {shown.map((cause, place) => {
        const url = safeUrl(cause.url);
        const title = recordTitle(cause);
        return (
          <li key={cause.id} title={`${title}, ${dayOf(cause.at, zone)}`}>
            <span className={styles.cause}>
              {cause.incident ? (
                <TimelineLink record={cause}>{title}</TimelineLink>
              ) : url ? (
                <a href={url} target="_blank" rel="noreferrer">
                  {title} <span aria-hidden="true">↗</span>
                  <span className="hidden-visually"> in a new tab</span>
                </a>
              ) : (
                title
              )}
            </span>
            {more > 0 && place === shown.length - 1 ? <span className={styles.moreCauses}>and {count(more)} more</span> : null}
          </li>
        );
      })}
    </ul>
  );
}
