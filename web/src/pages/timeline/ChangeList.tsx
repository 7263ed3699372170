import { defaultRangeExtractor, useVirtualizer } from "@tanstack/react-virtual";
import { type ReactNode, useEffect, useMemo, useRef, useState } from "react";
import type { ChangePartsFragment } from "../../api/generated";
import { kindName, nameOf } from "../../lib/entity";
import { clock, type Day, longDay, relativeDay, weekDay } from "../../lib/moment";
import { counted } from "../../lib/text";
import { ChangeValues } from "../../shell/Change";
import { EntityLink } from "../../shell/EntityLink";
import { useMoment } from "../../shell/moment";
import { Button } from "../../ui/Button";
import { State } from "../../ui/State";
import { useNarrow } from "../../ui/useMedia";
import styles from "./ChangeList.module.css";
import { colourOf, type Point } from "./lanes";
import type { Range } from "./range";
import { type Block, type DayRows, dayOfRow, dayRows, pageOf, rowAt, rowCount, rowOfDay } from "./rows";
import { type Selection, useRows } from "./useTimeline";

interface ChangeListProps {
  /** Changes by day, oldest first, of everything that the blocks hold. */
  days: readonly Point[];
  blocks: readonly Block[];
  range: Range;
  selection: Selection;
  /** Given, these are all changes that are shown, and nothing is loaded. */
  found: ReadonlyMap<Day, readonly ChangePartsFragment[]> | undefined;
  /** A day to scroll to; each time anew when the object is another one. */
  target: { day: Day } | undefined;
  /** Lines would all name the same entity. */
  isOne: boolean;
  onOpen: (day: Day) => void;
  /** Changes before the range, and how to show them too. */
  older: number;
  onOlder: () => void;
}

const HEAD = 34;
const LINE = 30;
const LINE_NARROW = 54;

/** All changes of a range, newest first, by day. Every day has its place before any change is loaded. */
export function ChangeList({ days, blocks, range, selection, found, target, isOne, onOpen, older, onOlder }: ChangeListProps) {
  const isNarrow = useNarrow();
  const scroller = useRef<HTMLDivElement>(null);
  const rows = useMemo(() => dayRows(days, blocks, range), [days, blocks, range]);
  const total = rowCount(rows);
  const line = isNarrow ? LINE_NARROW : LINE;
  const sticky = useRef<number>(0);
  const virtual = useVirtualizer({
    count: total,
    getScrollElement: () => scroller.current,
    estimateSize: (row) => (dayOfRow(rows, row)?.start === row ? HEAD : line),
    overscan: 10,
    rangeExtractor: (shown) => {
      const head = dayOfRow(rows, shown.startIndex)?.start ?? 0;
      sticky.current = head;
      const indexes = defaultRangeExtractor(shown);
      return indexes.includes(head) ? indexes : [head, ...indexes];
    },
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: other rows have to be measured anew
  useEffect(() => {
    virtual.measure();
  }, [rows, line, virtual]);

  const wished = useRef(rows);
  wished.current = rows;
  useEffect(() => {
    if (!target) return;
    const row = rowOfDay(wished.current, target.day);
    if (row !== undefined) virtual.scrollToIndex(row, { align: "start" });
  }, [target, virtual]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: another range begins at its newest day
  useEffect(() => {
    if (!target) scroller.current?.scrollTo({ top: 0 });
  }, [range.to, selection]);

  const items = virtual.getVirtualItems();
  const [first, last] = [items[1]?.index ?? 0, items.at(-1)?.index ?? 0];
  const seen = useMemo(() => (found ? [] : pagesOf(rows, first, last)), [rows, first, last, found]);
  const wanted = useSettled(seen);
  const loaded = useRows(selection, wanted);
  const changeAt = (day: DayRows, place: number): ChangePartsFragment | undefined =>
    found ? found.get(day.day)?.[place] : loaded.at(day, place);

  return (
    // A region that scrolls has to be reachable by keyboard.
    // biome-ignore lint/a11y/noNoninteractiveTabindex: see above
    <div ref={scroller} className={styles.scroller} role="region" aria-label="List of changes" tabIndex={0}>
      {loaded.error ? (
        <p className={styles.failure} role="alert">
          Some changes could not be loaded. {loaded.error.message}{" "}
          <Button look="plain" onPress={loaded.retry}>
            Try again
          </Button>
        </p>
      ) : null}
      <div
        role="table"
        aria-label="Changes, newest first"
        aria-rowcount={total}
        className={styles.table}
        style={{ height: virtual.getTotalSize() }}
      >
        <div role="rowgroup">
          {items.map(({ index, start }) => {
            const row = rowAt(rows, index);
            if (!row) return null;
            if (row.kind === "head") {
              const isSticky = index === sticky.current;
              return (
                <div
                  key={row.day.day}
                  role="row"
                  aria-rowindex={index + 1}
                  className={`${styles.head} ${isSticky ? styles.sticky : ""}`}
                  style={isSticky ? { height: HEAD } : { height: HEAD, transform: `translateY(${start}px)` }}
                >
                  <DayHead day={row.day} isNarrow={isNarrow} onOpen={onOpen} />
                </div>
              );
            }
            return (
              <div
                key={`${row.day.day} ${row.place}`}
                role="row"
                aria-rowindex={index + 1}
                className={styles.row}
                style={{ height: line, transform: `translateY(${start}px)` }}
              >
                <Line change={changeAt(row.day, row.place)} isOne={isOne} isNarrow={isNarrow} />
              </div>
            );
          })}
        </div>
      </div>
      {older > 0 ? (
        <p className={styles.outside}>
          {counted(older, "change")} before these days.
          <Button look="plain" onPress={onOlder}>
            Show all
          </Button>
        </p>
      ) : null}
    </div>
  );
}

function DayHead({ day: { day, count, backfilled }, isNarrow, onOpen }: { day: DayRows; isNarrow: boolean; onOpen: (day: Day) => void }) {
  const { today } = useMoment();
  return (
    <div role="rowheader" className={styles.dayHead}>
      <button type="button" className={styles.day} onClick={() => onOpen(day)}>
        <strong>{isNarrow ? weekDay(day) : longDay(day)}</strong>
      </button>
      {isNarrow ? null : <span className="quiet">{relativeDay(day, today)}</span>}
      <span className={styles.dayCount}>
        {counted(count, "change")}
        {backfilled > 0 ? (
          <>
            {" · "}
            <State name="backfilled">{backfilled === count ? "backfilled" : `${backfilled} backfilled`}</State>
          </>
        ) : null}
      </span>
    </div>
  );
}

function Line({ change, isOne, isNarrow }: { change: ChangePartsFragment | undefined; isOne: boolean; isNarrow: boolean }) {
  const { zone } = useMoment();
  if (!change) {
    return (
      <div role="cell" className={styles.waiting}>
        <span className="hidden-visually">Loading</span>
        <div />
      </div>
    );
  }
  const { at, facet, entity, saidBy } = change;
  const cells: [string, ReactNode][] = [
    [
      styles.time ?? "",
      <time key="at" dateTime={at}>
        {clock(at, zone)}
      </time>,
    ],
    [
      styles.entity ?? "",
      entity ? (
        <span key="entity" title={`${kindName(entity.kind)} ${nameOf(entity.ref)}`}>
          <EntityLink to={entity.ref}>{entity.name}</EntityLink> <span className={styles.kind}>{kindName(entity.kind).toLowerCase()}</span>
        </span>
      ) : (
        <span key="entity" className="quiet">
          gone
        </span>
      ),
    ],
    [
      styles.what ?? "",
      <span key="what" className={styles.change}>
        <span className={styles.facet} style={{ background: `var(${colourOf(facet)})` }} />
        <ChangeValues change={change} />
      </span>,
    ],
    [styles.source ?? "", saidBy ? `${saidBy.source}, ${saidBy.origin}` : "no source any more"],
  ];
  const shown = isOne ? cells.filter((_, place) => place !== 1) : cells;
  return (
    <div className={`${styles.line} ${isOne ? styles.one : ""} ${isNarrow ? styles.narrow : ""}`}>
      {shown.map(([name, content]) => (
        <div key={name} role="cell" className={name}>
          {content}
        </div>
      ))}
    </div>
  );
}

/** The pages that hold the rows from one to another. */
function pagesOf(rows: readonly DayRows[], first: number, last: number): { block: Block; page: number }[] {
  const pages = new Map<string, { block: Block; page: number }>();
  for (let row = first; row <= last; ) {
    const found = rowAt(rows, row);
    if (!found) break;
    if (found.kind === "head") {
      row += 1;
      continue;
    }
    const { day } = found;
    const { page } = pageOf(day, found.place);
    pages.set(`${day.block.to} ${page}`, { block: day.block, page });
    row += 1;
  }
  return [...pages.values()];
}

const PASSING_MS = 90;

/** The newest pages once scrolling rests a little: what only passes by need not be loaded. Known ones show at once. */
function useSettled(pages: { block: Block; page: number }[]): { block: Block; page: number }[] {
  const key = pages.map(({ block, page }) => `${block.from} ${block.to} ${page}`).join(",");
  const [settled, setSettled] = useState({ key: "", pages: [] as { block: Block; page: number }[] });
  const newest = useRef(pages);
  newest.current = pages;
  useEffect(() => {
    const timer = setTimeout(() => setSettled({ key, pages: newest.current }), settled.key === "" ? 0 : PASSING_MS);
    return () => clearTimeout(timer);
  }, [key, settled.key]);
  return settled.pages;
}
