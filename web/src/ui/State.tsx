import type { ReactNode } from "react";
import styles from "./State.module.css";

/** The states that a thing or a fact can be in. Each has a shape and a word, not a colour alone. */
export type StateName = "good" | "warning" | "bad" | "unknown" | "stale" | "backfilled" | "changed" | "gone" | "running";

const SHAPES: Record<StateName, ReactNode> = {
  good: <circle cx="6" cy="6" r="4" fill="currentColor" />,
  warning: <path d="M6 1.2 11 10.4H1Z" fill="currentColor" />,
  bad: <path d="M2 6 6 2 10 6 6 10Z" fill="currentColor" />,
  unknown: <circle cx="6" cy="6" r="3.6" fill="none" stroke="currentColor" strokeWidth="1.6" />,
  stale: <path d="M6 1.6a4.4 4.4 0 1 1 0 8.8 4.4 4.4 0 0 1 0-8.8ZM6 3.4V6l1.8 1.4" fill="none" stroke="currentColor" strokeWidth="1.4" />,
  backfilled: <path d="M1.5 10.5 10.5 1.5M1.5 6.5 6.5 1.5M5.5 10.5 10.5 5.5" stroke="currentColor" strokeWidth="1.5" />,
  changed: <circle cx="6" cy="6" r="2.6" fill="currentColor" />,
  gone: <path d="M2 6h8" stroke="currentColor" strokeWidth="2" />,
  running: <path d="M6 1.6a4.4 4.4 0 1 0 4.4 4.4" fill="none" stroke="currentColor" strokeWidth="1.6" />,
};

/** A state as its shape, with its word beside it or for screen readers only. */
export function State({ name, children, quiet = false }: { name: StateName; children: ReactNode; quiet?: boolean }) {
  return (
    <span className={`${styles.state} ${styles[name] ?? ""}`}>
      <svg viewBox="0 0 12 12" width="12" height="12" aria-hidden="true">
        {SHAPES[name]}
      </svg>
      <span className={quiet ? "hidden-visually" : undefined}>{children}</span>
    </span>
  );
}
