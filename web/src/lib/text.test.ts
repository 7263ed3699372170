import { expect, it } from "vitest";
import { bytes, count, counted, decimal, percent, wordOf } from "./text";

it("counts are grouped, and one is one", () => {
  expect([0, 999, 1234, 1_000_000].map(count)).toEqual(["0", "999", "1,234", "1,000,000"]);
  expect(counted(1, "change")).toBe("1 change");
  expect(counted(0, "change")).toBe("0 changes");
  expect(counted(1200, "entity", "entities")).toBe("1,200 entities");
});

it("constants become words", () => {
  expect(["CONFIGURATION", "TIMED_OUT", "API"].map(wordOf)).toEqual(["Configuration", "Timed out", "Api"]);
});

it("sizes have the unit that fits", () => {
  expect([0, 999, 1000, 1_840_000, 250_000_000, 5e12].map(bytes)).toEqual(["0 B", "999 B", "1.0 kB", "1.8 MB", "250 MB", "5000 GB"]);
});

it("shares are told in per cent, figures with as many digits as matter", () => {
  expect([0, 0.8142, 1, 0.6].map((share) => percent(share))).toEqual(["0.0 %", "81.4 %", "100.0 %", "60.0 %"]);
  expect(percent(0.256, 0)).toBe("26 %");
  expect([0, 0.04, 3, 12.34, 340.4, 12_345.6].map(decimal)).toEqual(["0", "0.0", "3.0", "12.3", "340", "12,346"]);
});
