import { Link } from "@tanstack/react-router";
import { defaultRangeExtractor, useVirtualizer } from "@tanstack/react-virtual";
import { type ReactNode, useLayoutEffect, useMemo, useRef, useState } from "react";
import { inWords } from "../../lib/change";
import { isRef, kindName, nameOf, parseRef } from "../../lib/entity";
import { absolute, type Day, dayOf, shortDay } from "../../lib/moment";
import { count, counted } from "../../lib/text";
import { fieldName, saidText } from "../../lib/value";
import { State } from "../../ui/State";
import { useNarrow } from "../../ui/useMedia";
import styles from "./Compare.module.css";
import { type Difference, type EntityGroup, type Fate, type Row, type TeamGroup, teamName } from "./groups";

/** The days that values lead to; nothing for today, which needs no day in an address. */
export interface Sides {
  before: string | undefined;
  after: string | undefined;
}

interface DifferenceListProps {
  rows: Row[];
  sides: Sides;
  zone: string;
  onTeam: (group: TeamGroup) => void;
  onWhole: (entity: EntityGroup) => void;
  /** The last line came into view. */
  onEnd: () => void;
  /** What stands below the last line. */
  foot: ReactNode;
}

const HEIGHTS: Record<Row["type"], [wide: number, narrow: number]> = { team: [40, 40], difference: [28, 52], rest: [28, 28] };

/** The lines of a comparison. Only those in view are drawn; the page scrolls, and the team that one reads stays on top. */
export function DifferenceList({ rows, sides, zone, onTeam, onWhole, onEnd, foot }: DifferenceListProps) {
  const list = useRef<HTMLDivElement>(null);
  const [margin, setMargin] = useState(0);
  const isNarrow = useNarrow();
  const teams = useMemo(() => rows.flatMap((row, place) => (row.type === "team" ? [place] : [])), [rows]);
  const most = useMemo(() => rows.reduce((found, row) => (row.type === "team" ? Math.max(found, row.group.count) : found), 1), [rows]);
  const sticky = useRef(0);

  // What stands above may have grown since the last drawing.
  useLayoutEffect(() => {
    const scroller = scrollerOf();
    if (!list.current || !scroller) return;
    setMargin(Math.round(list.current.getBoundingClientRect().top - scroller.getBoundingClientRect().top + scroller.scrollTop));
  });

  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: scrollerOf,
    estimateSize: (place) => HEIGHTS[rows[place]?.type ?? "difference"][isNarrow ? 1 : 0],
    getItemKey: (place) => rows[place]?.key ?? place,
    overscan: 16,
    scrollMargin: margin,
    rangeExtractor: (range) => {
      sticky.current = teams.findLast((place) => place <= range.startIndex) ?? 0;
      return [...new Set([sticky.current, ...defaultRangeExtractor(range)])].sort((one, other) => one - other);
    },
  });
  const items = virtual.getVirtualItems();
  const isAtEnd = (items.at(-1)?.index ?? 0) >= rows.length - 1;
  useLayoutEffect(() => {
    if (isAtEnd) onEnd();
  }, [isAtEnd, onEnd]);

  return (
    <section ref={list} aria-label="Differences" className={styles.list}>
      <div style={{ height: virtual.getTotalSize(), position: "relative" }}>
        {items.map(({ index, start, key }) => {
          const row = rows[index];
          if (!row) return null;
          const isStuck = row.type === "team" && index === sticky.current && (virtual.scrollOffset ?? 0) > start;
          return (
            <div
              key={key}
              data-index={index}
              ref={virtual.measureElement}
              className={isStuck ? styles.stuck : styles.placed}
              style={isStuck ? undefined : { transform: `translateY(${start - margin}px)` }}
            >
              {row.type === "team" ? (
                <TeamLine
                  group={row.group}
                  share={row.group.count / most}
                  isOpen={row.isOpen}
                  toggle={() => onTeam(row.group)}
                  after={sides.after}
                />
              ) : row.type === "rest" ? (
                <div className={`${styles.line} ${styles.rest}`}>
                  <button type="button" className={styles.restButton} onClick={() => onWhole(row.entity)}>
                    {counted(row.hidden, "more difference")} of {row.entity.name}
                  </button>
                </div>
              ) : (
                <DifferenceLine entity={row.entity} difference={row.difference} isFirst={row.isFirst} sides={sides} zone={zone} />
              )}
            </div>
          );
        })}
      </div>
      {foot}
    </section>
  );
}

function scrollerOf(): HTMLElement | null {
  return document.getElementById("content");
}

function TeamLine({
  group,
  share,
  isOpen,
  toggle,
  after,
}: {
  group: TeamGroup;
  /** Of the differences of the team that has most. */
  share: number;
  isOpen: boolean;
  toggle: () => void;
  after: string | undefined;
}) {
  const { team, entities, count: all, appeared, ended } = group;
  const name = teamName(group);
  return (
    <div className={`${styles.team} ${isOpen ? styles.teamOpen : ""}`}>
      <h2>
        <button type="button" aria-expanded={isOpen} onClick={toggle} className={styles.fold}>
          <svg viewBox="0 0 12 12" width="12" height="12" aria-hidden="true">
            <path d="M4 2.5 7.5 6 4 9.5" fill="none" stroke="currentColor" strokeWidth="1.6" />
          </svg>
          <span className={styles.teamName}>{name}</span>
        </button>
      </h2>
      <span className={styles.teamCounts}>
        {counted(all, "difference")} in {counted(entities.length, "entity", "entities")}
        {appeared > 0 ? <span className={styles.appeared}>{count(appeared)} appeared</span> : null}
        {ended > 0 ? <span className={styles.ended}>{count(ended)} ended</span> : null}
      </span>
      <span className={styles.share} aria-hidden="true">
        <span style={{ width: `${Math.max(2, share * 100)}%` }} />
      </span>
      <span className={styles.teamLink}>
        {team ? (
          <AtLink to={team} at={after}>
            Team <span className="hidden-visually">{name}</span>
          </AtLink>
        ) : null}
      </span>
    </div>
  );
}

function DifferenceLine({
  entity,
  difference,
  isFirst,
  sides,
  zone,
}: {
  entity: EntityGroup;
  difference: Difference;
  isFirst: boolean;
  sides: Sides;
  zone: string;
}) {
  const said = inWords(difference);
  const day = dayOf(difference.at, zone);
  const isFate = said.label === "appeared" || said.label === "ended";
  return (
    <div className={`${styles.line} ${isFirst ? styles.first : ""}`}>
      <div className={styles.entity}>
        {isFirst ? (
          <h3>
            <AtLink to={entity.ref} at={entity.fate === "ended" ? sides.before : sides.after} title={entity.ref}>
              {entity.name}
            </AtLink>
            {entity.kind !== "SERVICE" ? <span className={styles.kind}>{kindName(entity.kind).toLowerCase()}</span> : null}
          </h3>
        ) : (
          <span className="hidden-visually">{entity.name}</span>
        )}
      </div>
      {isFate ? (
        <div className={`${styles.what} ${styles.fate}`}>
          <FateMark fate={said.label as Fate} />
        </div>
      ) : (
        <>
          <div className={styles.what}>
            <Label difference={difference} label={said.label} />
          </div>
          <div className={styles.values}>
            {said.before === undefined ? (
              <span className={styles.nothing}>none</span>
            ) : (
              <del className={said.after === undefined && !said.trouble.before ? styles.went : undefined}>
                <Value text={said.before} of={entity.ref} at={sides.before} />
              </del>
            )}
            <span className={styles.arrow} aria-hidden="true">
              →
            </span>
            {said.after === undefined ? (
              <span className={styles.nothing}>none</span>
            ) : (
              <ins className={said.trouble.after ? styles.trouble : said.before === undefined ? styles.came : undefined}>
                <Value text={said.after} of={entity.ref} at={sides.after} />
              </ins>
            )}
            {said.step ? <span className={`${styles.versionStep} ${styles[said.step]}`}>{said.step}</span> : null}
          </div>
        </>
      )}
      <div className={styles.when} title={titleOf(difference, zone)}>
        {difference.layer === "BACKFILLED" ? (
          <State name="backfilled" quiet>
            backfilled,
          </State>
        ) : null}
        <time dateTime={difference.at}>{shortDay(day)}</time>
      </div>
    </div>
  );
}

function titleOf({ at, layer, saidBy }: Difference, zone: string): string {
  const source = saidBy ? ` ${saidText(saidBy)} says so.` : "";
  const layerText = layer === "BACKFILLED" ? " Reconstructed from the source's own history." : "";
  return `Changed last on ${absolute(at, zone)}.${source}${layerText}`;
}

function FateMark({ fate }: { fate: Fate }) {
  return (
    <span className={styles[fate]}>
      <span aria-hidden="true">{fate === "appeared" ? "+" : "−"}</span> {fate}
    </span>
  );
}

/** What differs; of a package its name, and behind it the file that uses it. */
function Label({ difference: { field, key }, label }: { difference: Difference; label: string }) {
  const hash = key?.lastIndexOf("#") ?? -1;
  if (key && hash > 0 && fieldName(field) === "packages") {
    return (
      <span title={label}>
        <span className="mono">{key.slice(hash + 1)}</span> <span className={styles.manifest}>{key.slice(0, hash)}</span>
      </span>
    );
  }
  return <span title={label}>{label}</span>;
}

/** A value as a link to the day on which it holds: to the entity that it names, or to the one that has it. */
function Value({ text, of, at }: { text: string; of: string; at: string | undefined }) {
  const parts = text.split(", ");
  if (parts.every(isRef)) {
    return parts.map((part, place) => (
      <span key={part}>
        {place > 0 ? ", " : ""}
        <AtLink to={part} at={at} title={`${part}, ${dayWords(at)}`}>
          {nameOf(part)}
        </AtLink>
      </span>
    ));
  }
  return (
    <AtLink to={of} at={at} title={`${nameOf(of)}, ${dayWords(at)}`} className={styles.value}>
      {text.length > 300 ? `${text.slice(0, 299)}…` : text}
    </AtLink>
  );
}

function dayWords(at: string | undefined): string {
  return at === undefined ? "today" : `as of ${at.length === 10 ? shortDay(at as Day) : at}`;
}

/** A link to an entity on one of the two days, whichever day the header is at. */
function AtLink({
  to,
  at,
  title,
  className,
  children,
}: {
  to: string;
  at: string | undefined;
  title?: string;
  className?: string | undefined;
  children: ReactNode;
}) {
  const parsed = parseRef(to);
  if (!parsed) return <span className={className}>{children}</span>;
  return (
    <Link
      to="/$kind/$"
      params={{ kind: parsed.kind, _splat: parsed.name }}
      search={{ at }}
      className={className}
      {...(title ? { title } : {})}
    >
      {children}
    </Link>
  );
}
