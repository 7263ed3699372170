import { expect, it } from "vitest";
import { monthTicks, rangeOf, roundTicks } from "./scale";

it("figures at the side are round, and lie within", () => {
  expect(roundTicks(0, 100)).toEqual([0, 50, 100]);
  expect(roundTicks(0.72, 0.86)).toEqual([0.75, 0.8, 0.85]);
  expect(roundTicks(0, 7)).toEqual([0, 2.5, 5]);
  expect(roundTicks(5, 5)).toEqual([5]);
  for (let high = 0.01; high < 1e6; high *= 3.7) {
    const ticks = roundTicks(0, high);
    expect(ticks.length).toBeGreaterThan(1);
    expect(ticks.length).toBeLessThan(7);
    expect(ticks.every((tick) => tick >= 0 && tick <= high * 1.000001)).toBe(true);
  }
});

it("a range has room, and a flat line stands in the middle", () => {
  expect(rangeOf([], true)).toEqual({ low: 0, high: 1 });
  expect(rangeOf([0, 0], true)).toEqual({ low: 0, high: 1 });
  expect(rangeOf([4, 4], false)).toEqual({ low: 3.6, high: 4.4 });
  expect(rangeOf([10, 20], true)).toMatchObject({ low: 0 });
  expect(rangeOf([10, 20], false).low).toBeLessThan(10);
});

it("months stand below, as many as have room, January as its year", () => {
  expect(monthTicks("2025-11-15", "2026-02-20", 6)).toEqual([
    { day: "2025-12-01", text: "Dec" },
    { day: "2026-01-01", text: "2026" },
    { day: "2026-02-01", text: "Feb" },
  ]);
  expect(monthTicks("2025-03-01", "2026-03-01", 5).map(({ text }) => text)).toEqual(["Apr", "Jul", "Oct", "2026"]);
  expect(monthTicks("2016-03-01", "2026-03-01", 6).map(({ text }) => text)).toEqual(["2018", "2020", "2022", "2024", "2026"]);
});
