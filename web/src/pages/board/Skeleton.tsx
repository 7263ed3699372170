import { Lines } from "../../ui/Panel";
import styles from "./Board.module.css";

const GROUPS = ["delivery", "incidents", "bugs", "health"];
const TILES = ["stability", "incidents", "open", "breach", "created", "resolved", "support"];

/** The board before anything is known, of the size that it will have. */
export function Skeleton({ scale }: { scale: number }) {
  return (
    <div className={styles.body}>
      <span className="hidden-visually">Loading</span>
      <div className={styles.tiles}>
        {TILES.map((name) => (
          <div key={name} className={styles.tile}>
            <div className={styles.bone} style={{ width: "60%" }} />
            <div className={styles.bone} style={{ width: "40%", height: 22 * scale }} />
            <div className={styles.bone} style={{ width: "80%" }} />
          </div>
        ))}
      </div>
      <div className={styles.main}>
        <div className={styles.charts}>
          <div className={styles.blank} style={{ height: 440 * scale }} />
        </div>
        <div className={styles.column}>
          <Lines count={8} height={26 * scale} />
        </div>
        <div className={styles.column}>
          <Lines count={6} height={44 * scale} />
        </div>
      </div>
      <div className={styles.groups}>
        {GROUPS.map((name) => (
          <Lines key={name} count={6} height={27 * scale} />
        ))}
      </div>
    </div>
  );
}
