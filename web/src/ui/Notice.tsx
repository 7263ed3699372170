import type { ReactNode } from "react";
import styles from "./Notice.module.css";

/** A line above a page that says what of it is not as it was asked for. An alert is read out at once. */
export function Notice({ children, role = "alert" }: { children: ReactNode; role?: "alert" | "status" }) {
  return (
    <p className={styles.notice} role={role}>
      {children}
    </p>
  );
}

/** A word about a thing that asks for a look, in a frame. */
export function Warned({ children }: { children: ReactNode }) {
  return <span className={styles.warned}>{children}</span>;
}
