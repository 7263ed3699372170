import type { ReactNode } from "react";
import styles from "./Figure.module.css";
import { Sparkline } from "./Sparkline";

/** A row of figures, each with its name; a list of names and values for those who cannot see it. */
export function Figures({ children }: { children: ReactNode }) {
  return <dl className={styles.figures}>{children}</dl>;
}

interface FigureProps {
  name: string;
  /** What it is now. */
  children: ReactNode;
  /** Behind the value, small. */
  unit?: ReactNode;
  /** The course of it, oldest first, with what one value is in words. */
  trend?: Trend | undefined;
}

/** The course of a figure. */
export interface Trend {
  values: (number | null)[];
  format: (value: number) => string;
  /** How a difference is written, where that is not as a value is: shares differ by points. */
  difference?: (value: number) => string;
  /** Of what stretch of time: `in 13 weeks`. */
  over: string;
  /** Whether more of it is better, worse or neither. */
  more: "better" | "worse" | "neither";
}

/** A figure: its name, its value, how it changed, and a line of how it went. */
export function Figure({ name, children, unit, trend }: FigureProps) {
  return (
    <div className={styles.figure}>
      <dt>{name}</dt>
      <dd className={styles.value}>
        {children}
        {unit ? <span className={styles.unit}>{unit}</span> : null}
      </dd>
      {trend?.values.some((value) => value !== null) ? (
        <dd className={styles.trend}>
          <Sparkline values={trend.values} label={`${name} ${trend.over}: ${wordsOf(trend)}`} />
          <Change trend={trend} />
        </dd>
      ) : null}
    </div>
  );
}

/** The difference between the first and the last known value, with sign, arrow and whether that is good. */
export function Change({ trend }: { trend: Trend }) {
  const { values, format, difference: say = format, over, more } = trend;
  const known = values.filter((value) => value !== null);
  const [first, last] = [known[0], known.at(-1)];
  if (first === undefined || last === undefined || known.length < 2) return null;
  const difference = last - first;
  const text = say(Math.abs(difference));
  // What rounds to nothing is nothing.
  if (Number.parseFloat(text) === 0) {
    return (
      <span className={`${styles.change} ${styles.same}`} title={over}>
        unchanged
      </span>
    );
  }
  const isMore = difference > 0;
  const look = more === "neither" ? styles.same : (more === "better") === isMore ? styles.better : styles.worse;
  return (
    <span className={`${styles.change} ${look ?? ""}`} title={`${format(first)} → ${format(last)} ${over}`}>
      <span aria-hidden="true">{isMore ? "▲" : "▼"}</span>
      {isMore ? "+" : "−"}
      {text}
    </span>
  );
}

function wordsOf({ values, format }: Trend): string {
  const known = values.filter((value) => value !== null);
  const [first, last] = [known[0], known.at(-1)];
  return first === undefined || last === undefined ? "not known" : `from ${format(first)} to ${format(last)}`;
}
