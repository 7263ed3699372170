import { useNavigate, useRouter } from "@tanstack/react-router";
import { type MouseEvent, memo, useCallback, useMemo } from "react";
import type { ChangePartsFragment } from "../../api/generated";
import { inWords } from "../../lib/change";
import { isRef, kindName, nameOf, parseRef } from "../../lib/entity";
import { clock } from "../../lib/moment";
import values from "../../shell/Change.module.css";
import { useMoment } from "../../shell/moment";
import styles from "./ChangeList.module.css";
import { colourOf } from "./lanes";

/** The address of an entity's page. */
export type HrefOf = (ref: string) => string | undefined;

/**
 * Addresses for links that are plain elements, and what follows them when the list is clicked. A link of the router
 * watches the address by itself; some dozens that come and go with every frame of scrolling would take most of it.
 */
export function usePlainLinks(): { hrefOf: HrefOf; onClick: (event: MouseEvent) => void } {
  const router = useRouter();
  const navigate = useNavigate();
  const { at } = useMoment();
  const hrefOf = useMemo<HrefOf>(() => {
    const known = new Map<string, string | undefined>();
    return (ref) => {
      if (!known.has(ref)) {
        const parsed = parseRef(ref);
        const params = parsed ? { kind: parsed.kind, _splat: parsed.name } : undefined;
        known.set(ref, params ? router.buildLocation({ to: "/$kind/$", params, search: { at } }).href : undefined);
      }
      return known.get(ref);
    };
  }, [router, at]);
  const onClick = useCallback(
    (event: MouseEvent): void => {
      if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
      const ref = event.target instanceof Element ? event.target.closest<HTMLElement>("a[data-ref]")?.dataset.ref : undefined;
      const parsed = ref ? parseRef(ref) : undefined;
      if (!parsed) return;
      event.preventDefault();
      void navigate({ to: "/$kind/$", params: { kind: parsed.kind, _splat: parsed.name }, search: { at } });
    },
    [navigate, at],
  );
  return { hrefOf, onClick };
}

interface ChangeLineProps {
  change: ChangePartsFragment | undefined;
  /** The entity goes without saying. */
  isOne: boolean;
  isNarrow: boolean;
  zone: string;
  hrefOf: HrefOf;
}

/** A change in one line of the list: when, of what, what, and who said so. */
export const ChangeLine = memo(function ChangeLine({ change, isOne, isNarrow, zone, hrefOf }: ChangeLineProps) {
  if (!change) {
    return (
      <div role="cell" className={styles.waiting}>
        <span className="hidden-visually">Loading</span>
        <div />
      </div>
    );
  }
  const { at, facet, entity, saidBy, layer } = change;
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
        <span className={styles.facet} data-layer={layer} style={{ color: `var(${colourOf(facet)})` }} />
        <Values change={change} hrefOf={hrefOf} />
      </div>
      <div role="cell" className={styles.source}>
        {saidBy ? `${saidBy.source}, ${saidBy.origin}` : "no source any more"}
      </div>
    </div>
  );
});

function Values({ change, hrefOf }: { change: ChangePartsFragment; hrefOf: HrefOf }) {
  const { label, before, after, step } = inWords(change);
  if (label === "appeared" || label === "ended") {
    return <span className={label === "ended" ? values.removed : values.added}>{label}</span>;
  }
  return (
    <span className={styles.values}>
      <span className={styles.label}>{label}</span>
      {before === undefined ? null : (
        <del className={values.removed}>
          <Value text={before} hrefOf={hrefOf} />
        </del>
      )}
      {before !== undefined && after !== undefined ? <span aria-hidden="true">→</span> : null}
      {after === undefined ? null : (
        <ins className={before === undefined ? values.added : values.changed}>
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
