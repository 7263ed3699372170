/** Judgements as they look everywhere: gates, ratings, how far something is behind, weaknesses, support. */
import type { Behind, Gate, Rating, Severity, SupportState } from "../api/generated";
import { count, wordOf } from "../lib/text";
import styles from "./Judgement.module.css";
import { State, type StateName } from "./State";

const GATES: Record<Gate, { name: StateName; word: string }> = {
  PASSED: { name: "good", word: "passed" },
  WARNING: { name: "warning", word: "warning" },
  FAILED: { name: "bad", word: "failed" },
};

/** The state of a quality gate, or that none was ever computed, which is not failed. */
export function GateMark({ gate, none = "never analysed" }: { gate: Gate | null | undefined; none?: string }) {
  if (!gate) {
    return (
      <State name="unknown">
        <span className="quiet">{none}</span>
      </State>
    );
  }
  const { name, word } = GATES[gate];
  return <State name={name}>{word}</State>;
}

/** A rating from A to E: a letter in a frame. */
export function RatingMark({ rating, of }: { rating: Rating | null; of: string }) {
  if (!rating) {
    return (
      <span className={`${styles.rating} ${styles.none}`} title={`${of} is not rated`}>
        <span aria-hidden="true">–</span>
        <span className="hidden-visually">not rated</span>
      </span>
    );
  }
  return (
    <span className={`${styles.rating} ${styles[rating] ?? ""}`} title={`${of}: ${rating}, of A (best) to E`}>
      {rating}
    </span>
  );
}

const WORDS: Record<Behind, string> = { MAJOR: "major", MINOR: "minor", PATCH: "patch", CURRENT: "current" };
const STEPS: Record<Behind, number> = { MAJOR: 3, MINOR: 2, PATCH: 1, CURRENT: 0 };

/** How far a version is behind: as many steps as it is away, and the word. */
export function BehindMark({ behind, title }: { behind: Behind | null; title?: string }) {
  if (!behind) {
    return (
      <span title={title}>
        <State name="unknown">
          <span className="quiet">unknown</span>
        </State>
      </span>
    );
  }
  return (
    <span className={styles.behind} data-behind={behind} title={title}>
      <svg viewBox="0 0 14 12" width="14" height="12" aria-hidden="true">
        {behind === "CURRENT" ? (
          <circle cx="7" cy="6" r="3.4" fill="currentColor" />
        ) : (
          [0, 1, 2].map((step) => (
            <rect
              key={step}
              x={1 + step * 4.5}
              y={8 - step * 3}
              width="3"
              height={3 + step * 3}
              fill={step < STEPS[behind] ? "currentColor" : "none"}
              stroke="currentColor"
              strokeWidth="0.8"
            />
          ))
        )}
      </svg>
      {WORDS[behind]}
    </span>
  );
}

const SEVERITY: Record<Severity, StateName> = { CRITICAL: "bad", HIGH: "bad", MODERATE: "warning", LOW: "warning" };

/** How severe a weakness is, or the gravest of several. */
export function SeverityMark({ severity, of = 1 }: { severity: Severity | null; of?: number }) {
  const many = of > 1 ? ` (${of})` : "";
  return (
    <State name={severity ? SEVERITY[severity] : "warning"}>
      {severity ? severity.toLowerCase() : "severity unknown"}
      {many}
    </State>
  );
}

/** How many there are of what should not be: none is nothing to see, and not known is not none. */
export function CountMark({ count: number, look = "bad" }: { count: number | null; look?: StateName }) {
  if (number === null) {
    return (
      <State name="unknown">
        <span className="quiet">not known</span>
      </State>
    );
  }
  if (number === 0) return <span className="quiet">none</span>;
  return <State name={look}>{count(number)}</State>;
}

const SUPPORT: Record<SupportState, StateName> = { SUPPORTED: "good", ENDING: "warning", ENDED: "bad", UNKNOWN: "unknown" };

/** Whether something still gets security fixes. */
export function SupportMark({ state, children }: { state: SupportState; children?: string }) {
  return <State name={SUPPORT[state]}>{children ?? wordOf(state).toLowerCase()}</State>;
}

/** How many packages are how far behind. */
export interface BehindCounts {
  major: number;
  minor: number;
  patch: number;
  current: number;
  unknown: number;
}

const PARTS = [
  ["MAJOR", "major"],
  ["MINOR", "minor"],
  ["PATCH", "patch"],
  ["CURRENT", "current"],
  ["UNKNOWN", "unknown"],
] as const;

/** How far packages are behind, as one bar whose parts add up to all of them. What it says stands beside it in words. */
export function BehindBar({ counts, title }: { counts: BehindCounts; title?: string }) {
  return (
    <span className={styles.bar} title={title} aria-hidden="true">
      {PARTS.map(([look, name]) =>
        counts[name] > 0 ? <span key={look} data-part={look} style={{ flexGrow: counts[name], flexBasis: 0 }} /> : null,
      )}
    </span>
  );
}
