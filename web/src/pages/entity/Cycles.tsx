import { useEffect, useRef, useState } from "react";
import type { SupportState } from "../../api/generated";
import { addDays, type Day, dayOf, daysBetween, earlier, later } from "../../lib/moment";
import { supportText } from "../../lib/packages";
import { monthTicks } from "../../lib/scale";
import { counted } from "../../lib/text";
import { useMoment } from "../../shell/moment";
import { SupportMark } from "../../ui/Judgement";
import { useNarrow } from "../../ui/useMedia";
import styles from "./Health.module.css";

/** A release cycle, as the API answers it. */
export interface CycleAnswer {
  name: string;
  released: string | null;
  endOfLife: string | null;
  latest: string | null;
  lts: boolean;
  state: SupportState;
  usesCount: number;
}

const ROW = 26;
const AXIS = 20;
const COLOUR: Record<SupportState, string> = {
  SUPPORTED: "var(--good)",
  ENDING: "var(--warning)",
  ENDED: "var(--bad)",
  UNKNOWN: "var(--unknown)",
};

/** Release cycles on a time axis: from when to when each is supported, and who still uses it. */
export function Cycles({ cycles }: { cycles: readonly CycleAnswer[] }) {
  const { day, zone } = useMoment();
  const isNarrow = useNarrow();
  const [isWhole, setWhole] = useState(false);
  const telling = cycles.filter(({ usesCount, state }) => usesCount > 0 || state === "SUPPORTED" || state === "ENDING");
  const shown = isWhole || telling.length === 0 ? cycles : telling;
  const axis = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(0);
  useEffect(() => {
    const element = axis.current;
    if (!element) return;
    const measure = (): void => setWidth(element.clientWidth);
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  const spans = shown.map((cycle) => spanOf(cycle, day, zone));
  const from = spans.reduce((least, span) => earlier(least, span.from), addDays(day, -365));
  const to = spans.reduce((most, span) => later(most, span.to), addDays(day, 365));
  const length = Math.max(1, daysBetween(from, to));
  const x = (at: Day): number => (daysBetween(from, at) / length) * width;
  const height = shown.length * ROW;
  return (
    <div>
      <div className={styles.cycles}>
        <ul className={styles.cycleNames} style={{ paddingTop: AXIS }}>
          {shown.map((cycle) => (
            <li key={cycle.name} style={{ height: ROW }}>
              <strong className="mono">{cycle.name}</strong>
              {cycle.lts && !isNarrow ? <span className="quiet">long-term</span> : null}
              <span className={cycle.usesCount === 0 ? styles.faint : undefined}>
                {cycle.usesCount === 0 ? "not used" : counted(cycle.usesCount, "use")}
              </span>
            </li>
          ))}
        </ul>
        <div ref={axis} className={styles.cycleAxis}>
          {width > 0 ? (
            <svg width={width} height={height + AXIS} aria-hidden="true">
              {monthTicks(from, to, width / 54).map(({ day: at, text }) => (
                <g key={at}>
                  <line x1={x(at)} x2={x(at)} y1={AXIS - 4} y2={AXIS + height} className={styles.grid} />
                  <text
                    x={x(at) > width - 34 ? x(at) - 3 : x(at) + 3}
                    y={AXIS - 7}
                    textAnchor={x(at) > width - 34 ? "end" : "start"}
                    className={styles.cycleQuiet}
                  >
                    {text}
                  </text>
                </g>
              ))}
              {shown.map(({ name, state, usesCount }, place) => {
                const span = spans[place];
                if (!span) return null;
                const y = AXIS + place * ROW + 7;
                return (
                  <rect
                    key={name}
                    x={x(span.from)}
                    y={y}
                    width={Math.max(3, x(span.to) - x(span.from))}
                    height={ROW - 14}
                    rx="3"
                    fill={COLOUR[state]}
                    fillOpacity={usesCount > 0 ? 0.85 : 0.25}
                    stroke={COLOUR[state]}
                    strokeDasharray={span.isOpen ? "3 3" : undefined}
                  />
                );
              })}
              <line x1={x(day)} x2={x(day)} y1={AXIS - 4} y2={AXIS + height} className={styles.now} />
            </svg>
          ) : null}
        </div>
        <ul className={styles.cycleStates} style={{ paddingTop: AXIS }}>
          {shown.map((cycle) => (
            <li key={cycle.name} style={{ height: ROW }}>
              <SupportMark state={cycle.state}>{supportText({ state: cycle.state, date: cycle.endOfLife })}</SupportMark>
            </li>
          ))}
        </ul>
      </div>
      {shown.length < cycles.length ? (
        <button type="button" className={styles.linkLike} onClick={() => setWhole(true)}>
          All {counted(cycles.length, "cycle")}
        </button>
      ) : null}
    </div>
  );
}

/** From when to when a cycle is drawn: what has no end reaches a year beyond the day that is looked at. */
function spanOf({ released, endOfLife }: CycleAnswer, day: Day, zone: string): { from: Day; to: Day; isOpen: boolean } {
  const to = endOfLife ? dayOf(endOfLife, zone) : addDays(day, 365);
  const from = released ? dayOf(released, zone) : addDays(to < day ? to : day, -365);
  return { from, to: later(to, from), isOpen: endOfLife === null };
}
