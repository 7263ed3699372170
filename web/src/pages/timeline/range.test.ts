import { describe, expect, it } from "vitest";
import {
  boundsOf,
  clamped,
  dayAt,
  lengthOf,
  moved,
  msOf,
  presetOf,
  presetRange,
  rangeOf,
  readRange,
  spanOf,
  stepEnd,
  stepFor,
  stepStart,
  ticksOf,
  windowOf,
  within,
  writeRange,
  zoomed,
} from "./range";

const bounds = { from: "2025-01-01", to: "2026-11-21" };
const whole = spanOf(bounds);

describe("spans and ranges", () => {
  it("are each other's inverse for whole days", () => {
    const range = { from: "2026-02-27", to: "2026-03-01" };
    expect(rangeOf(spanOf(range))).toEqual(range);
    expect(lengthOf(range)).toBe(3);
  });

  it("round to the nearest day and keep at least one", () => {
    expect(rangeOf({ start: msOf("2026-03-01") + 13 * 3_600_000, end: msOf("2026-03-01") + 14 * 3_600_000 })).toEqual({
      from: "2026-03-02",
      to: "2026-03-02",
    });
  });

  it("stay inside of what there is, at the same length", () => {
    expect(rangeOf(moved(spanOf({ from: "2026-11-01", to: "2026-11-10" }), 30 * 86_400_000, whole))).toEqual({
      from: "2026-11-12",
      to: "2026-11-21",
    });
    expect(within(spanOf({ from: "2020-01-01", to: "2030-01-01" }), whole)).toEqual(whole);
  });

  it("zoom around the place under the pointer", () => {
    const span = spanOf({ from: "2026-03-01", to: "2026-03-20" });
    const anchor = msOf("2026-03-06");
    const closer = zoomed(span, 0.5, anchor, whole);
    expect(closer.end - closer.start).toBe((span.end - span.start) / 2);
    expect((anchor - closer.start) / (closer.end - closer.start)).toBeCloseTo(0.25);
  });

  it("never zoom below some days, nor beyond everything", () => {
    expect(lengthOf(rangeOf(zoomed(spanOf({ from: "2026-03-01", to: "2026-03-04" }), 0.01, msOf("2026-03-02"), whole)))).toBe(3);
    expect(zoomed(spanOf({ from: "2026-01-01", to: "2026-06-01" }), 100, msOf("2026-03-02"), whole)).toEqual(whole);
  });
});

describe("steps", () => {
  it("are days below 200 days, then weeks, then months", () => {
    expect([7, 200, 201, 365, 1820, 1821].map(stepFor)).toEqual(["DAY", "DAY", "WEEK", "WEEK", "WEEK", "MONTH"]);
  });

  it("begin on Mondays and on the first of a month", () => {
    expect(stepStart("2026-03-01", "WEEK")).toBe("2026-02-23");
    expect(stepStart("2026-03-02", "WEEK")).toBe("2026-03-02");
    expect(stepEnd("2026-02-23", "WEEK")).toBe("2026-03-01");
    expect(stepStart("2026-03-31", "MONTH")).toBe("2026-03-01");
    expect(stepEnd("2024-02-01", "MONTH")).toBe("2024-02-29");
  });
});

describe("presets", () => {
  it("end with the day that is looked at", () => {
    expect(presetRange("week", "2026-03-03", bounds)).toEqual({ from: "2026-02-25", to: "2026-03-03" });
    expect(presetRange("month", "2026-03-31", bounds)).toEqual({ from: "2026-03-01", to: "2026-03-31" });
    expect(presetRange("year", "2026-03-03", bounds)).toEqual({ from: "2025-03-04", to: "2026-03-03" });
    expect(presetRange("all", "2026-03-03", bounds)).toEqual({ from: "2025-01-01", to: "2026-03-03" });
  });

  it("are recognised", () => {
    for (const id of ["week", "month", "quarter", "year", "all"]) {
      expect(presetOf(clamped(presetRange(id, bounds.to, bounds), bounds), bounds.to, bounds)).toBe(id);
    }
    expect(presetOf({ from: "2026-03-03", to: "2026-04-05" }, bounds.to, bounds)).toBeUndefined();
  });
});

describe("the range in an address", () => {
  it("is the year up to the day that is looked at, unless it says otherwise", () => {
    expect(readRange({}, "2026-11-21", bounds).range).toEqual({ from: "2025-11-22", to: "2026-11-21" });
    expect(readRange({ from: "2026-03-01" }, "2026-11-21", bounds).range).toEqual({ from: "2026-03-01", to: "2026-11-21" });
  });

  it("is cut to what is known", () => {
    expect(readRange({ from: "2001-01-01", to: "2099-01-01" }, "2026-11-21", bounds)).toEqual({ range: bounds, problem: undefined });
  });

  it("ends with the day that is looked at, also where less than a year is known before it", () => {
    expect(readRange({}, "2025-03-03", bounds).range).toEqual({ from: "2025-01-01", to: "2025-03-03" });
    expect(readRange({}, "2025-01-01", bounds).range).toEqual({ from: "2025-01-01", to: "2025-01-03" });
  });

  it("says what is wrong with it", () => {
    expect(readRange({ from: "2026-02-30" }, "2026-11-21", bounds).problem).toContain("2026-02-30");
    expect(readRange({ from: "2026-05-01", to: "2026-04-01" }, "2026-11-21", bounds).problem).toContain("1 May 2026");
  });

  it("follows a day before its beginning", () => {
    expect(readRange({ from: "2026-10-01" }, "2026-03-03", bounds)).toEqual({
      range: { from: "2026-02-04", to: "2026-03-03" },
      problem: undefined,
    });
  });

  it("is left out where it is the usual one, and reads back as it was written", () => {
    expect(writeRange({ from: "2025-11-22", to: "2026-11-21" }, "2026-11-21", bounds)).toEqual({ from: undefined, to: undefined });
    for (const range of [{ from: "2026-03-01", to: "2026-04-01" }, { from: "2026-03-01", to: "2026-11-21" }, bounds]) {
      expect(readRange(writeRange(range, "2026-11-21", bounds), "2026-11-21", bounds).range).toEqual(range);
    }
  });
});

describe("what is asked for", () => {
  it("is everything, if that is little", () => {
    expect(windowOf({ from: "2026-03-01", to: "2026-03-07" }, bounds)).toEqual(bounds);
  });

  it("is some months around the range, if there are many years", () => {
    const long = { from: "2010-01-01", to: "2026-11-21" };
    expect(windowOf({ from: "2020-03-10", to: "2020-03-20" }, long)).toEqual({ from: "2020-02-01", to: "2020-03-31" });
    expect(windowOf({ from: "2026-03-10", to: "2026-11-20" }, long).to).toBe("2026-11-21");
    expect(windowOf({ from: "2010-01-02", to: "2010-02-02" }, long).from).toBe("2010-01-01");
  });

  it("has an axis also on the first day", () => {
    expect(boundsOf(undefined, "2026-11-21")).toEqual({ from: "2026-11-08", to: "2026-11-21" });
    expect(boundsOf("2026-11-20", "2026-11-21").from).toBe("2026-11-08");
    expect(boundsOf("2025-01-01", "2026-11-21").from).toBe("2025-01-01");
  });
});

describe("ticks", () => {
  it("are months of a year, with the year where it begins", () => {
    const ticks = ticksOf(spanOf({ from: "2025-11-22", to: "2026-11-21" }), 1180);
    expect(ticks.map(({ text }) => text)).toEqual(["Dec", "2026", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov"]);
    expect(ticks.filter(({ strong }) => strong)).toHaveLength(1);
  });

  it("are Mondays of some months and days of a week", () => {
    for (const { ms } of ticksOf(spanOf({ from: "2026-03-01", to: "2026-04-10" }), 600)) expect(new Date(ms).getUTCDay()).toBe(1);
    expect(ticksOf(spanOf({ from: "2026-02-26", to: "2026-03-04" }), 1180).map(({ text }) => text)).toEqual([
      "26 Feb",
      "27",
      "28",
      "1 Mar",
      "2",
      "3",
      "4",
    ]);
  });

  it("fit the width, whatever it is", () => {
    for (const days of [3, 10, 40, 100, 200, 400, 1000, 5000]) {
      for (const width of [280, 600, 1200]) {
        const ticks = ticksOf({ start: whole.end - days * 86_400_000, end: whole.end }, width);
        expect(ticks.length).toBeLessThanOrEqual(Math.ceil(width / 76) + 2);
        for (const { ms } of ticks) expect(msOf(dayAt(ms))).toBe(ms);
      }
    }
  });
});
