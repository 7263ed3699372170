import { expect, it } from "vitest";
import { bytes, count, counted, wordOf } from "./text";

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
