import { defaultRangeExtractor, useVirtualizer } from "@tanstack/react-virtual";
import { memo, useEffect, useMemo, useRef, useState } from "react";
import { type Day, longDay, relativeDay, weekDay } from "../../lib/moment";
import { counted } from "../../lib/text";
import { useMoment } from "../../shell/moment";
import { usePlainLinks } from "../../shell/plainLinks";
import { Button } from "../../ui/Button";
import { State } from "../../ui/State";
import { useNarrow } from "../../ui/useMedia";
import { ChangeLine } from "./ChangeLine";
import styles from "./ChangeList.module.css";
import type { Point } from "./lanes";
import type { Range } from "./range";
import { type Block, type DayRows, dayOfRow, dayRows, pageOf, rowAt, rowCount, rowOfDay } from "./rows";
import { type Selection, type TimelineNode, useRows } from "./useTimeline";

interface ChangeListProps {
  /** Changes by day, oldest first, of everything that the blocks hold. */
  days: readonly Point[];
  blocks: readonly Block[];
  range: Range;
  selection: Selection;
  /** Given, these are all changes that are shown, and nothing is loaded. */
  found: ReadonlyMap<Day, readonly TimelineNode[]> | undefined;
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
  const { zone, today } = useMoment();
  const { hrefOf, onClick } = usePlainLinks();
  const scroller = useRef<HTMLDivElement>(null);
  const rows = useMemo(() => dayRows(days, blocks, range), [days, blocks, range]);
  const total = rowCount(rows);
  const line = isNarrow ? LINE_NARROW : LINE;
  const sticky = useRef<number>(0);
  const virtual = useVirtualizer({
    count: total,
    getScrollElement: () => scroller.current,
    estimateSize: (row) => (dayOfRow(rows, row)?.start === row ? HEAD : line),
    overscan: 8,
    useFlushSync: false,
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

  // Another range begins at its newest day, or at the one that was chosen.
  const aim = useRef(target);
  aim.current = target;
  // biome-ignore lint/correctness/useExhaustiveDependencies: for other ranges and changes only
  useEffect(() => {
    const day = aim.current?.day;
    const row = day !== undefined && day >= range.from && day <= range.to ? rowOfDay(wished.current, day) : undefined;
    virtual.scrollToIndex(row ?? 0, { align: "start" });
  }, [range.from, range.to, selection, virtual]);

  const items = virtual.getVirtualItems();
  const [first, last] = [items[1]?.index ?? 0, items.at(-1)?.index ?? 0];
  const seen = useMemo(() => (found ? [] : pagesOf(rows, first, last)), [rows, first, last, found]);
  const wanted = useSettled(seen);
  const loaded = useRows(selection, wanted);
  const changeAt = (day: DayRows, place: number): TimelineNode | undefined => (found ? found.get(day.day)?.[place] : loaded.at(day, place));

  return (
    // A region that scrolls has to be reachable by keyboard. Its clicks are those of the links in it, also by keyboard.
    // biome-ignore lint/a11y/noNoninteractiveTabindex: see above
    // biome-ignore lint/a11y/useKeyWithClickEvents: see above
    <div ref={scroller} className={styles.scroller} role="region" aria-label="List of changes and events" tabIndex={0} onClick={onClick}>
      {loaded.error ? (
        <p className={styles.failure} role="alert">
          Some entries could not be loaded. {loaded.error.message}{" "}
          <Button look="plain" onPress={loaded.retry}>
            Try again
          </Button>
        </p>
      ) : null}
      <div
        role="table"
        aria-label="Changes and events, newest first"
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
                  <DayHead day={row.day} today={today} isNarrow={isNarrow} onOpen={onOpen} />
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
                <ChangeLine change={changeAt(row.day, row.place)} isOne={isOne} isNarrow={isNarrow} zone={zone} hrefOf={hrefOf} />
              </div>
            );
          })}
        </div>
      </div>
      {older > 0 ? (
        <p className={styles.outside}>
          {counted(older, "entry", "entries")} before these days.
          <Button look="plain" onPress={onOlder}>
            Show all
          </Button>
        </p>
      ) : null}
    </div>
  );
}

interface DayHeadProps {
  day: DayRows;
  today: Day;
  isNarrow: boolean;
  onOpen: (day: Day) => void;
}

const DayHead = memo(function DayHead({ day: { day, count, backfilled }, today, isNarrow, onOpen }: DayHeadProps) {
  return (
    <div role="rowheader" className={styles.dayHead}>
      <button type="button" className={styles.day} onClick={() => onOpen(day)}>
        <strong>{isNarrow ? weekDay(day) : longDay(day)}</strong>
      </button>
      {isNarrow ? null : <span className="quiet">{relativeDay(day, today)}</span>}
      <span className={styles.dayCount}>
        {counted(count, "entry", "entries")}
        {backfilled > 0 ? (
          <>
            {" · "}
            <State name="backfilled">{backfilled === count ? "backfilled" : `${backfilled} backfilled`}</State>
          </>
        ) : null}
      </span>
    </div>
  );
});

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
