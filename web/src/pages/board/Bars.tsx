import { counted } from "../../lib/text";
import { State } from "../../ui/State";
import styles from "./Board.module.css";
import { Nothing } from "./Charts";
import { useBoardContext } from "./context";
import { priorityMark } from "./record";
import type { BoardAnswer } from "./useBoard";

/** Open bugs by priority and age: a bar for each priority, as long as there are bugs, in parts by how old they are. */
export function OpenBugs({ openBugs }: { openBugs: BoardAnswer["openBugs"] }) {
  const { open } = useBoardContext();
  const most = Math.max(1, ...(openBugs ?? []).map((each) => each.open));
  const bands = openBugs?.[0]?.byAge ?? [];
  return (
    <section className={styles.box} aria-label="Open bugs by priority and age">
      <h2 className={styles.boxName}>
        Open bugs by priority and age
        {openBugs ? (
          <span className={styles.ages} aria-hidden="true">
            {bands.map((band, place) => (
              <span key={band.fromDays} className={styles.legendItem}>
                <span className={styles.age} data-age={place} />
                {shortAge(band)}
              </span>
            ))}
          </span>
        ) : null}
      </h2>
      {openBugs ? (
        <table className={styles.bars}>
          <thead>
            <tr>
              <th scope="col">Priority</th>
              <th scope="col">
                <span className="hidden-visually">By age</span>
              </th>
              <th scope="col" className="number">
                Open
              </th>
              <th scope="col" className="number">
                Due soon
              </th>
              <th scope="col" className="number">
                In breach
              </th>
            </tr>
          </thead>
          <tbody>
            {openBugs.map((each) => {
              const mark = priorityMark(each.priority, null);
              return (
                <tr key={mark.word}>
                  <th scope="row">{mark.word}</th>
                  <td className={styles.barCell}>
                    <span className={styles.bar} style={{ width: `${(each.open / most) * 100}%` }} aria-hidden="true">
                      {each.byAge.map((band, place) =>
                        band.count > 0 ? (
                          <span
                            key={band.fromDays}
                            data-age={place}
                            style={{ flexGrow: band.count, flexBasis: 0 }}
                            title={`${counted(band.count, "bug")}, ${ageText(band)}`}
                          />
                        ) : null,
                      )}
                    </span>
                    <span className="hidden-visually">{each.byAge.map((band) => `${ageText(band)}: ${band.count}`).join(", ")}</span>
                  </td>
                  <td className="number">
                    <button
                      type="button"
                      className={styles.count}
                      onClick={() => open("OPEN_BUGS", { priority: each.priority })}
                      aria-label={`${each.open} open: show them`}
                    >
                      {each.open}
                    </button>
                  </td>
                  <td className="number">
                    {each.dueSoon === 0 ? (
                      <span className="quiet">0</span>
                    ) : (
                      <button
                        type="button"
                        className={styles.count}
                        onClick={() => open("OPEN_BUGS", { priority: each.priority, isDueSoon: true })}
                        aria-label={`${each.dueSoon} due soon: show them`}
                      >
                        {each.dueSoon}
                      </button>
                    )}
                  </td>
                  <td className="number">
                    {each.withSla === 0 ? (
                      <span className="quiet" title="Bugs of this priority have no SLA">
                        {each.open === 0 ? "0" : "no SLA"}
                      </span>
                    ) : each.inBreach === 0 ? (
                      <span className="quiet">0</span>
                    ) : (
                      <button
                        type="button"
                        className={styles.count}
                        onClick={() => open("BUGS_IN_BREACH", { priority: each.priority })}
                        aria-label={`${each.inBreach} in breach: show them`}
                      >
                        <State name="bad">{each.inBreach}</State>
                      </button>
                    )}
                  </td>
                </tr>
              );
            })}
          </tbody>
        </table>
      ) : (
        <Nothing what="bugs" />
      )}
    </section>
  );
}

const FEATURES = 6;

/** Support cases by the part of the product that they are about. */
export function Support({
  features,
  priorities,
}: {
  features: BoardAnswer["supportByFeature"];
  priorities: BoardAnswer["supportByPriority"];
}) {
  const { told, open } = useBoardContext();
  const figure = told.get("SUPPORT_CASES");
  const shown = (features ?? []).slice(0, FEATURES);
  const most = Math.max(1, ...shown.map(({ count }) => count));
  return (
    <section className={styles.box} aria-label="Support cases by feature">
      <h2 className={styles.boxName}>
        Support cases by feature
        {features && features.length > shown.length ? (
          <span className={styles.aside}>{counted(features.length - shown.length, "more feature")}</span>
        ) : null}
      </h2>
      {figure?.value === null || figure === undefined ? (
        <Nothing what="support cases" />
      ) : shown.length === 0 ? (
        <p className={styles.none}>{figure.value === 0 ? "No case was reported in this period." : "No case names what it is about."}</p>
      ) : (
        <table className={styles.bars}>
          <thead className={styles.headless}>
            <tr>
              <th scope="col">Feature</th>
              <th scope="col">Share</th>
              <th scope="col">Cases</th>
            </tr>
          </thead>
          <tbody>
            {shown.map(({ name, count }) => (
              <tr key={name}>
                <th scope="row" title={name} className={styles.feature}>
                  {name}
                </th>
                <td className={styles.barCell} aria-hidden="true">
                  <span className={styles.bar} style={{ width: `${(count / most) * 100}%` }}>
                    <span data-age="1" style={{ flexGrow: 1 }} />
                  </span>
                </td>
                <td className="number">
                  <button
                    type="button"
                    className={styles.count}
                    onClick={() => open("SUPPORT_CASES", { feature: name })}
                    aria-label={`${count}: show them`}
                  >
                    {count}
                  </button>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {figure?.value ? (
        <p className={styles.priorities}>
          {(priorities ?? [])
            .filter(({ count }) => count > 0)
            .map(({ priority, count }) => {
              const mark = priorityMark(priority, null);
              return (
                <State key={mark.word} name={mark.name}>
                  {count} {mark.word}
                </State>
              );
            })}
        </p>
      ) : null}
    </section>
  );
}

function ageText({ fromDays, toDays }: { fromDays: number; toDays: number | null }): string {
  if (toDays === null) return `${fromDays} days and older`;
  return fromDays === 0 ? `below ${toDays} days` : `${fromDays} to ${toDays - 1} days`;
}

/** The same in a legend, where the first one says what is counted. */
function shortAge({ fromDays, toDays }: { fromDays: number; toDays: number | null }): string {
  if (toDays === null) return `${fromDays} +`;
  return fromDays === 0 ? `< ${toDays} days` : `${fromDays} – ${toDays - 1}`;
}
