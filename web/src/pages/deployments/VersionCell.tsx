import { relative } from "../../lib/moment";
import { State } from "../../ui/State";
import styles from "./Deployments.module.css";
import { ageText, attemptVersion, commonVersion, type Mark, marksOf, type Standing } from "./matrix";

interface VersionCellProps {
  standing: Standing | undefined;
  name: string;
  /** Regions of the row do not agree: then versions are worth reading. */
  drifts: boolean;
  now: string;
  isChosen: boolean;
  open: (() => void) | undefined;
}

/** A version and its age; quiet, unless something is to be seen about it. */
export function VersionCell({ standing, name, drifts, now, isChosen, open }: VersionCellProps) {
  if (!standing) return <Never />;
  const marks = marksOf(standing);
  const coming = attemptVersion(standing);
  const { version, since, region } = standing;
  return (
    <button
      type="button"
      className={styles.cell}
      data-behind={marks.includes("behind")}
      data-loud={drifts || marks.length > 0}
      aria-pressed={isChosen}
      onClick={open}
      title={titleOf(standing, now)}
    >
      <span className="hidden-visually">
        {name} {region ? `in ${region}` : ""}:{" "}
      </span>
      <span className={styles.version}>{version ?? "nothing yet"}</span>
      {since ? <span className={styles.age}>{ageText(since, now)}</span> : null}
      <Marks marks={marks} coming={coming} />
    </button>
  );
}

/** Most services are in few places: that one is not somewhere is said quietly. */
function Never() {
  return (
    <span className={styles.never} title="not there">
      <span aria-hidden="true">–</span>
      <span className="hidden-visually">not there</span>
    </span>
  );
}

function Marks({ marks, coming }: { marks: ReturnType<typeof marksOf>; coming: string | undefined }) {
  return marks.map((mark) => (
    <span key={mark} className={styles.mark} data-mark={mark}>
      {mark === "failed" ? <State name="bad">{coming ? `${coming} failed` : "failed"}</State> : null}
      {mark === "coming" ? <State name="running">{coming ? `${coming} on its way` : "on its way"}</State> : null}
      {mark === "behind" ? (
        <State name="warning" quiet={marks.length > 1}>
          behind
        </State>
      ) : null}
      {mark === "rollback" ? <span className={styles.back}>↩ rolled back</span> : null}
    </span>
  ));
}

function titleOf({ since, behindSince, previous }: Standing, now: string): string {
  const parts = [
    since ? `since ${relative(since, now)}` : "nothing arrived so far",
    behindSince ? `behind another region since ${relative(behindSince, now)}` : undefined,
    previous ? `before: ${previous}` : undefined,
  ];
  return parts
    .filter(Boolean)
    .join(", ")
    .replaceAll(/since (\S+ \S+) ago/g, "for $1");
}

/** All regions of a service in a line, for narrow screens. */
export function Everywhere({
  name,
  standings,
  now,
  open,
}: {
  name: string;
  standings: readonly Standing[];
  now: string;
  open: (() => void) | undefined;
}) {
  if (standings.length === 0) return <Never />;
  const common = commonVersion(standings);
  const marks = [...new Set(standings.flatMap(marksOf))];
  const [first] = marks;
  const where = first && whereText(standings, first);
  const newest = standings
    .map(({ since }) => since)
    .filter((since) => since !== null)
    .sort()
    .at(-1);
  const versions = [...new Set(standings.map(({ version }) => version ?? "nothing yet"))];
  return (
    <button type="button" className={styles.cell} data-loud={marks.length > 0} onClick={open}>
      <span className="hidden-visually">{name}: </span>
      <span className={styles.version}>{common ?? versions.join(", ")}</span>
      {newest ? <span className={styles.age}>{ageText(newest, now)}</span> : null}
      <Marks marks={marks.slice(0, 1)} coming={undefined} />
      {where ? <span className={styles.age}>in {where}</span> : null}
    </button>
  );
}

/** The regions that a mark stands for, unless they are all. */
function whereText(standings: readonly Standing[], mark: Mark): string | undefined {
  const regions = standings.filter((each) => marksOf(each).includes(mark)).map(({ region }) => region);
  if (regions.length === standings.length) return undefined;
  return regions.length === 1 ? (regions[0] ?? undefined) : `${regions.length} of ${standings.length} regions`;
}
