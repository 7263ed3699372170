import { describe, expect, it } from "vitest";
import { isDay } from "../../lib/moment";
import { blocksOf, dayRows, neighbour, PAGE, pageOf, readDays, rowAt, rowCount, rowOfDay, writeDays } from "./rows";

const point = (day: string, count: number) => ({ day, count, backfilled: 0 });
const days = [point("2026-03-01", 2), point("2026-03-04", PAGE * 2 + 3), point("2026-03-05", 3), point("2026-03-06", 1)];
const blocks = blocksOf(days);
const all = { from: "2026-01-01", to: "2026-12-31" };

describe("blocks", () => {
  it("hold some days each, newest first, and a busy day alone", () => {
    expect(blocks).toEqual([
      { from: "2026-03-05", to: "2026-03-06", count: 4 },
      { from: "2026-03-04", to: "2026-03-04", count: PAGE * 2 + 3 },
      { from: "2026-03-01", to: "2026-03-01", count: 2 },
    ]);
  });
});

describe("rows", () => {
  const rows = dayRows(days, blocks, all);

  it("are a head and the changes of every day", () => {
    expect(rowCount(rows)).toBe(1 + 1 + 1 + 3 + 1 + (PAGE * 2 + 3) + 1 + 2);
    expect(rowAt(rows, 0)).toMatchObject({ kind: "head", day: { day: "2026-03-06" } });
    expect(rowAt(rows, 1)).toMatchObject({ kind: "change", place: 0 });
    expect(rowAt(rows, 2)).toMatchObject({ kind: "head", day: { day: "2026-03-05" } });
    expect(rowAt(rows, rowCount(rows) - 1)).toMatchObject({ kind: "change", day: { day: "2026-03-01" }, place: 1 });
    expect(rowAt(rows, rowCount(rows))).toBeUndefined();
    expect(rowAt([], 0)).toBeUndefined();
  });

  it("know their page, counted through the whole block", () => {
    const [, second, busy] = rows;
    expect(second && pageOf(second, 2)).toEqual({ page: 0, place: 3 });
    expect(busy && pageOf(busy, PAGE + 5)).toEqual({ page: 1, place: 5 });
  });

  it("of a part keep the blocks of the whole", () => {
    const part = dayRows(days, blocks, { from: "2026-03-05", to: "2026-03-05" });
    expect(part).toHaveLength(1);
    expect(part[0]).toMatchObject({ start: 0, before: 1, block: blocks[0] });
  });

  it("are found by day, or the next older one", () => {
    expect(rowOfDay(rows, "2026-03-05")).toBe(2);
    expect(rowOfDay(rows, "2026-03-03")).toBe(rows[3]?.start);
    expect(rowOfDay(rows, "2026-02-01")).toBeUndefined();
  });
});

describe("chosen days", () => {
  it("read back as they were written", () => {
    for (const range of [
      { from: "2026-03-02", to: "2026-03-02" },
      { from: "2026-03-02", to: "2026-03-08" },
    ]) {
      expect(readDays(writeDays(range), isDay)).toEqual(range);
    }
    expect(readDays("yesterday", isDay)).toBeUndefined();
    expect(readDays("2026-03-08..2026-03-02", isDay)).toBeUndefined();
    expect(readDays(undefined, isDay)).toBeUndefined();
  });

  it("have neighbours with changes", () => {
    expect(neighbour(days, { from: "2026-03-04", to: "2026-03-04" }, 1)).toBe("2026-03-05");
    expect(neighbour(days, { from: "2026-03-04", to: "2026-03-04" }, -1)).toBe("2026-03-01");
    expect(neighbour(days, { from: "2026-03-01", to: "2026-03-01" }, -1)).toBeUndefined();
  });
});
