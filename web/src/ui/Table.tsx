import { useVirtualizer } from "@tanstack/react-virtual";
import { memo, type ReactElement, type ReactNode, useEffect, useRef } from "react";
import styles from "./Table.module.css";
import { useNarrow } from "./useMedia";

/** A column of a table. */
export interface Column<Row> {
  id: string;
  title: string;
  /** CSS width of the track: `minmax(160px, 2fr)`, `96px`. */
  width: string;
  cell: (row: Row) => ReactNode;
  /** Numbers stand at the right. */
  numeric?: boolean;
  /** It can be sorted by this. */
  sortable?: boolean;
  /** On narrow screens it stands in the second line of a row, or not at all. */
  narrow?: "first" | "second" | "hidden";
}

/** By which column a table is sorted. */
export interface Sorting {
  column: string;
  descending: boolean;
}

interface TableProps<Row> {
  label: string;
  columns: Column<Row>[];
  rows: Row[];
  /** How many rows there are in all; those not loaded yet are shown as grey lines. */
  total: number;
  rowKey: (row: Row) => string;
  sorting?: Sorting;
  onSort?: (sorting: Sorting) => void;
  /** Called when rows beyond the loaded ones come into view. */
  onNeedMore?: () => void;
  rowClass?: (row: Row) => string | undefined;
  /** Pixels of a row. */
  rowHeight?: number;
  /** Of a row that is the head of those below it, what it says across all columns; nothing for any other row. */
  section?: (row: Row) => ReactNode;
  /** When this changes, the table goes back to its top: other rows, or the same ones in another order. */
  topOf?: string;
}

/** So many rows before the last loaded one, more are asked for. */
const AHEAD = 100;

/**
 * A table that draws only the rows in view. It scrolls inside itself and fills the height it is given. Rows are as they
 * are read: a screen reader is told how many there are and which one it is on.
 */
export function Table<Row>({
  label,
  columns,
  rows,
  total,
  rowKey,
  sorting,
  onSort,
  onNeedMore,
  rowClass,
  rowHeight = 32,
  section,
  topOf,
}: TableProps<Row>) {
  const scroller = useRef<HTMLDivElement>(null);
  const isNarrow = useNarrow();
  const height = isNarrow ? rowHeight + 20 : rowHeight;
  // Where rows take two lines, the heads of groups still take one.
  const heads = isNarrow && section ? section : undefined;
  const heightAt = (index: number): number => {
    const row = rows[index];
    return heads && row !== undefined && heads(row) ? rowHeight : height;
  };
  const virtual = useVirtualizer({ count: total, getScrollElement: () => scroller.current, estimateSize: heightAt, overscan: 12 });
  const items = virtual.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;

  // biome-ignore lint/correctness/useExhaustiveDependencies: another height has to be measured anew
  useEffect(() => {
    virtual.measure();
  }, [height, heads && rows, virtual]);

  useEffect(() => {
    if (last + AHEAD >= rows.length && rows.length < total) onNeedMore?.();
  }, [last, rows.length, total, onNeedMore]);

  const top = useRef(topOf);
  useEffect(() => {
    if (top.current !== topOf) scroller.current?.scrollTo({ top: 0 });
    top.current = topOf;
  }, [topOf]);

  const template = isNarrow ? undefined : columns.map(({ width }) => width).join(" ");
  const leastWidth = isNarrow ? undefined : PADDING + columns.reduce((sum, { width }) => sum + leastOf(width), 0);
  const first = columns.filter(({ narrow }) => narrow === "first");
  const second = columns.filter(({ narrow }) => narrow === "second");
  const shown = useStable(isNarrow ? [...first, ...second] : columns);
  return (
    // A region that scrolls has to be reachable by keyboard.
    // biome-ignore lint/a11y/noNoninteractiveTabindex: see above
    <div className={styles.scroller} ref={scroller} tabIndex={0} role="region" aria-label={label}>
      <div
        className={styles.table}
        style={{ minWidth: leastWidth }}
        role="table"
        aria-label={label}
        aria-rowcount={total + 1}
        aria-colcount={shown.length}
      >
        <div role="rowgroup" className={styles.head}>
          <div role="row" aria-rowindex={1} className={styles.row} style={{ gridTemplateColumns: template }}>
            {shown.map((column) => (
              <Header key={column.id} column={column} sorting={sorting} onSort={onSort} />
            ))}
          </div>
        </div>
        <div role="rowgroup" className={styles.body} style={{ height: virtual.getTotalSize() }}>
          {items.map(({ index, start, size }) => {
            const row = rows[index];
            const place = { gridTemplateColumns: template, transform: `translateY(${start}px)`, height };
            if (row === undefined) {
              return (
                <div
                  key={`waiting-${index}`}
                  role="row"
                  aria-rowindex={index + 2}
                  aria-busy="true"
                  className={`${styles.row} ${styles.placed} ${styles.waiting}`}
                  style={place}
                >
                  <div role="cell">
                    <div />
                  </div>
                </div>
              );
            }
            return (
              <TableRow
                key={rowKey(row)}
                row={row}
                columns={shown}
                section={section}
                index={index}
                start={start}
                height={size}
                template={template}
                className={rowClass?.(row)}
              />
            );
          })}
        </div>
      </div>
    </div>
  );
}

/** Pixels at the sides of a row. */
const PADDING = 16;

/** The pixels that a column takes at least. */
function leastOf(width: string): number {
  return Number(/(\d+)px/.exec(width)?.[1] ?? 0);
}

interface TableRowProps<Row> {
  row: Row;
  columns: Column<Row>[];
  section: ((row: Row) => ReactNode) | undefined;
  index: number;
  start: number;
  height: number;
  template: string | undefined;
  className: string | undefined;
}

function PlainRow<Row>({ row, columns, section, index, start, height, template, className }: TableRowProps<Row>) {
  const head = section?.(row);
  const place = { gridTemplateColumns: head ? undefined : template, transform: `translateY(${start}px)`, height };
  return (
    <div
      role="row"
      aria-rowindex={index + 2}
      className={`${styles.row} ${styles.placed} ${head ? styles.section : ""} ${className ?? ""}`}
      style={place}
    >
      {head ? (
        <div role="cell" aria-colspan={columns.length} className={styles.cell}>
          {head}
        </div>
      ) : (
        columns.map((column) => (
          <div key={column.id} role="cell" className={`${styles.cell} ${column.numeric ? "number" : ""}`}>
            {column.cell(row)}
          </div>
        ))
      )}
    </div>
  );
}

/** While the table scrolls, rows that stay in view are not drawn anew. */
const TableRow = memo(PlainRow) as <Row>(props: TableRowProps<Row>) => ReactElement;

/** The same array as long as it holds the same things. */
function useStable<Item>(items: Item[]): Item[] {
  const kept = useRef(items);
  if (kept.current.length !== items.length || kept.current.some((item, place) => item !== items[place])) kept.current = items;
  return kept.current;
}

function Header<Row>({
  column,
  sorting,
  onSort,
}: {
  column: Column<Row>;
  sorting: Sorting | undefined;
  onSort: ((sorting: Sorting) => void) | undefined;
}) {
  const isSorted = sorting?.column === column.id;
  const direction = isSorted ? (sorting.descending ? "descending" : "ascending") : undefined;
  if (!column.sortable || !onSort) {
    return (
      <div role="columnheader" className={`${styles.cell} ${column.numeric ? "number" : ""}`}>
        {column.title}
      </div>
    );
  }
  return (
    <div role="columnheader" aria-sort={direction ?? "none"} className={`${styles.cell} ${column.numeric ? "number" : ""}`}>
      <button
        type="button"
        className={styles.sort}
        onClick={() => onSort({ column: column.id, descending: isSorted && !sorting.descending })}
      >
        {column.title}
        <span aria-hidden="true">{direction === "ascending" ? " ↑" : direction === "descending" ? " ↓" : ""}</span>
      </button>
    </div>
  );
}
