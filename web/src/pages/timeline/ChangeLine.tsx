import { memo } from "react";
import type { ChangePartsFragment, EventPartsFragment } from "../../api/generated";
import { inWords } from "../../lib/change";
import { isRef, kindName, nameOf } from "../../lib/entity";
import { eventInWords, isEvent } from "../../lib/event";
import { clock } from "../../lib/moment";
import { colourOf } from "../../lib/topic";
import { saidText } from "../../lib/value";
import { afterLook, beforeLook } from "../../shell/Change";
import values from "../../shell/Change.module.css";
import { EventValues, tookText } from "../../shell/Event";
import type { HrefOf } from "../../shell/plainLinks";
import styles from "./ChangeList.module.css";
import type { TimelineNode } from "./useTimeline";

interface ChangeLineProps {
  change: TimelineNode | undefined;
  /** The entity goes without saying. */
  isOne: boolean;
  isNarrow: boolean;
  zone: string;
  hrefOf: HrefOf;
}

/** A change or an event in one line of the list: when, of what, what, and who said so. */
export const ChangeLine = memo(function ChangeLine({ change, isOne, isNarrow, zone, hrefOf }: ChangeLineProps) {
  if (!change) {
    return (
      <div role="cell" className={styles.waiting}>
        <span className="hidden-visually">Loading</span>
        <div />
      </div>
    );
  }
  const { at, entity } = change;
  const topic = isEvent(change) ? change.eventKind : change.facet;
  return (
    <div className={`${styles.line} ${isOne ? styles.one : ""} ${isNarrow ? styles.narrow : ""}`}>
      <div role="cell" className={styles.time}>
        <time dateTime={at}>{clock(at, zone)}</time>
      </div>
      {isOne ? null : (
        <div role="cell" className={styles.entity}>
          {entity ? (
            <>
              <PlainLink to={entity.ref} hrefOf={hrefOf} />
              <span className={styles.kind}>{kindName(entity.kind).toLowerCase()}</span>
            </>
          ) : (
            <span className="quiet">not known any more</span>
          )}
        </div>
      )}
      <div role="cell" className={styles.what}>
        <span
          className={`${styles.facet} ${isEvent(change) ? styles.happened : ""}`}
          data-layer={isEvent(change) ? undefined : change.layer}
          style={{ color: `var(${colourOf(topic)})` }}
        />
        {isEvent(change) ? <Happened event={change} /> : <Values change={change} hrefOf={hrefOf} />}
      </div>
      <div role="cell" className={styles.source}>
        {sourceText(change)}
      </div>
    </div>
  );
});

/** An event, with what there is to say beyond: why somebody did it, why it failed. */
function Happened({ event }: { event: EventPartsFragment }) {
  const { note } = eventInWords(event);
  return (
    <span className={styles.values}>
      <EventValues event={event} />
      {note ? <span className={styles.note}>{note}</span> : null}
    </span>
  );
}

function sourceText(change: TimelineNode): string {
  if (!isEvent(change)) return change.saidBy ? saidText(change.saidBy) : "no source any more";
  return [eventInWords(change).by, tookText(change), change.source].filter(Boolean).join(", ");
}

function Values({ change, hrefOf }: { change: ChangePartsFragment; hrefOf: HrefOf }) {
  const said = inWords(change);
  const { label, before, after, step } = said;
  if (label === "appeared" || label === "ended") {
    return <span className={label === "ended" ? values.removed : values.added}>{label}</span>;
  }
  return (
    <span className={styles.values}>
      <span className={styles.label}>{label}</span>
      {before === undefined ? null : (
        <del className={beforeLook(said)}>
          <Value text={before} hrefOf={hrefOf} />
        </del>
      )}
      {before !== undefined && after !== undefined ? <span aria-hidden="true">→</span> : null}
      {after === undefined ? null : (
        <ins className={afterLook(said)}>
          <Value text={after} hrefOf={hrefOf} />
        </ins>
      )}
      {step ? <span className={values.step}>{step}</span> : null}
    </span>
  );
}

function Value({ text, hrefOf }: { text: string; hrefOf: HrefOf }) {
  const parts = text.split(", ");
  if (!parts.every(isRef)) return text.length > 200 ? `${text.slice(0, 200)}…` : text;
  return parts.map((part, place) => (
    <span key={part}>
      {place > 0 ? ", " : ""}
      <PlainLink to={part} hrefOf={hrefOf} />
    </span>
  ));
}

function PlainLink({ to, hrefOf }: { to: string; hrefOf: HrefOf }) {
  return (
    <a href={hrefOf(to)} data-ref={to}>
      {nameOf(to)}
    </a>
  );
}
