import { type KeyboardEvent, useMemo, useState } from "react";
import { Days } from "../api/generated";
import { addDays, type Day, daysBetween, daysOf, longDay, weekDay } from "../lib/moment";
import { counted } from "../lib/text";
import styles from "./ChangeStrip.module.css";
import { useAsk } from "./data";
import { useGoTo, useMoment } from "./moment";

const LENGTH = 365;

interface DayBar {
  day: Day;
  changes: number;
  known: boolean;
  backfilled: boolean;
}

/** One thin bar for every day of a year: its height tells how much changed. A click, or an arrow key, goes there. */
export function ChangeStrip() {
  const { day, today, first } = useMoment();
  const goTo = useGoTo();
  // The year that ends today, or one with the chosen day in its middle.
  const last = daysBetween(day, today) < LENGTH ? today : addDays(day, Math.floor(LENGTH / 2));
  const from = addDays(last, 1 - LENGTH);
  const { data } = useAsk(Days, { from, to: last });
  const [hovered, setHovered] = useState<number | undefined>(undefined);
  const bars = useMemo<DayBar[]>(() => {
    const known = new Map(data?.snapshots.map((snapshot) => [snapshot.day, snapshot]));
    return daysOf(from, last).map((each) => {
      const snapshot = known.get(each);
      return {
        day: each,
        changes: Number(snapshot?.changes ?? 0),
        known: snapshot !== undefined,
        backfilled: snapshot !== undefined && !snapshot.observed,
      };
    });
  }, [data, from, last]);
  // Roots keep a quiet day visible beside a busy one.
  const highest = Math.sqrt(Math.max(1, ...bars.map(({ changes }) => changes)));
  const place = daysBetween(from, day);
  const shown = bars[hovered ?? place];

  const onKeyDown = (event: KeyboardEvent): void => {
    const steps: Record<string, number> = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -7, PageUp: 7 };
    const step = steps[event.key];
    if (step !== undefined) goTo(addDays(day, step));
    else if (event.key === "End") goTo(undefined);
    else if (event.key === "Home" && first) goTo(first);
    else return;
    event.preventDefault();
  };
  const placeAt = (clientX: number, element: Element): number => {
    const { left, width } = element.getBoundingClientRect();
    return Math.max(0, Math.min(LENGTH - 1, Math.floor(((clientX - left) / width) * LENGTH)));
  };

  return (
    <section className={styles.strip} aria-label="Changes of the last year">
      <div
        className={styles.bars}
        role="slider"
        tabIndex={0}
        aria-label="Day that is shown"
        aria-valuemin={0}
        aria-valuemax={LENGTH - 1}
        aria-valuenow={Math.max(0, place)}
        aria-valuetext={`${longDay(day)}: ${say(bars[place])}`}
        onKeyDown={onKeyDown}
        onPointerMove={(event) => setHovered(placeAt(event.clientX, event.currentTarget))}
        onPointerLeave={() => setHovered(undefined)}
        onClick={(event) => goTo(bars[placeAt(event.clientX, event.currentTarget)]?.day)}
      >
        <svg viewBox={`0 0 ${LENGTH} 100`} preserveAspectRatio="none" aria-hidden="true">
          {bars.map((bar, index) => {
            const height = bar.changes === 0 ? (bar.known ? 6 : 0) : 14 + (Math.sqrt(bar.changes) / highest) * 86;
            return height === 0 ? null : (
              <rect
                key={bar.day}
                x={index + 0.12}
                width={0.76}
                y={100 - height}
                height={height}
                className={bar.changes === 0 ? styles.nothing : bar.backfilled ? styles.backfilled : styles.changed}
              />
            );
          })}
        </svg>
        {hovered !== undefined && hovered !== place ? (
          <div className={styles.ghost} style={{ left: `${((hovered + 0.5) / LENGTH) * 100}%` }} />
        ) : null}
        {place >= 0 ? <div className={styles.marker} style={{ left: `${((place + 0.5) / LENGTH) * 100}%` }} /> : null}
      </div>
      <p className={styles.reading} aria-hidden="true">
        {shown ? `${weekDay(shown.day)}: ${say(shown)}` : " "}
      </p>
    </section>
  );
}

function say(bar: DayBar | undefined): string {
  if (!bar?.known) return "nothing recorded";
  if (bar.changes === 0) return "no changes";
  return `${counted(bar.changes, "change")}${bar.backfilled ? ", backfilled" : ""}`;
}
