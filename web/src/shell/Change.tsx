import type { ChangePartsFragment } from "../api/generated";
import { type Described, inWords } from "../lib/change";
import { isRef } from "../lib/entity";
import { absolute } from "../lib/moment";
import { saidText } from "../lib/value";
import styles from "./Change.module.css";
import { EntityLink } from "./EntityLink";
import { useMoment } from "./moment";

type Parts = Pick<ChangePartsFragment, "field" | "key" | "before" | "after">;

/** What a change is about, what was, and what is. */
export function ChangeValues({ change, label = true }: { change: Parts; label?: boolean }) {
  const said = inWords(change);
  if (said.label === "appeared" || said.label === "ended") {
    return <span className={said.label === "ended" ? styles.removed : styles.added}>{said.label}</span>;
  }
  return (
    <span className={styles.change}>
      {label ? <span className={styles.label}>{said.label}</span> : null}
      {said.before === undefined ? null : (
        <del className={beforeLook(said)}>
          <ValueText text={said.before} />
        </del>
      )}
      {said.before !== undefined && said.after !== undefined ? <span aria-hidden="true">→</span> : null}
      {said.after === undefined ? null : (
        <ins className={afterLook(said)}>
          <ValueText text={said.after} />
        </ins>
      )}
      {said.step ? <span className={styles.step}>{said.step}</span> : null}
    </span>
  );
}

/** How a value looks that was: struck out; quietly, if it was trouble, which nobody misses. */
export function beforeLook({ trouble }: Described): string | undefined {
  return trouble.before ? styles.over : styles.removed;
}

/** How a value looks that is: new, another, or trouble. */
export function afterLook({ before, trouble }: Described): string | undefined {
  if (trouble.after) return styles.trouble;
  return before === undefined ? styles.added : styles.changed;
}

/** A value; refs lead to their entity. */
export function ValueText({ text }: { text: string }) {
  const parts = text.split(", ");
  if (!parts.every(isRef)) return text;
  return parts.map((part, place) => (
    <span key={part}>
      {place > 0 ? ", " : ""}
      <EntityLink to={part} />
    </span>
  ));
}

/** Who said so, and when, in full. */
export function ChangeSource({ change: { at, layer, saidBy } }: { change: Pick<ChangePartsFragment, "at" | "layer" | "saidBy"> }) {
  const { zone } = useMoment();
  return (
    <span className={styles.source}>
      {saidBy ? saidText(saidBy) : "no source any more"} · <time dateTime={at}>{absolute(at, zone)}</time>
      {layer === "BACKFILLED" ? " · backfilled" : ""}
    </span>
  );
}
