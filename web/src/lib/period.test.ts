import { describe, expect, it } from "vitest";
import {
  after,
  asKind,
  before,
  lastComplete,
  periodAt,
  periodTitle,
  readPeriod,
  spanText,
  stretchOf,
  tickOf,
  usualPeriod,
  yearBefore,
} from "./period";

/** A period that the test knows to be one. */
function of(text: string) {
  const found = readPeriod(text);
  if (!found) throw new Error(`${text} is no period`);
  return found;
}

describe("reading", () => {
  it.each([
    ["2026-11-18", "day", "2026-11-18", "2026-11-18"],
    ["2026-W46", "week", "2026-11-09", "2026-11-15"],
    ["2026-W01", "week", "2025-12-29", "2026-01-04"],
    ["2026-W53", "week", "2026-12-28", "2027-01-03"],
    ["2028-02", "month", "2028-02-01", "2028-02-29"],
    ["2026-Q4", "quarter", "2026-10-01", "2026-12-31"],
    ["2026-10-01..2026-10-15", "range", "2026-10-01", "2026-10-15"],
  ])("%s", (text, kind, first, last) => {
    expect(readPeriod(text)).toEqual({ kind, first, last, text });
  });

  it.each([
    "",
    "2026",
    "2026-W00",
    "2026-W54",
    "2025-W53",
    "2026-13",
    "2026-00",
    "2026-Q5",
    "2026-02-30",
    "2026-10-15..2026-10-01",
    "a..b",
  ])("%j is none", (text) => {
    expect(readPeriod(text)).toBeUndefined();
  });
});

describe("steps", () => {
  it.each([
    ["2026-03-29", "2026-03-28"],
    ["2026-W01", "2025-W52"],
    ["2027-W01", "2026-W53"],
    ["2027-01", "2026-12"],
    ["2026-Q1", "2025-Q4"],
    ["2026-10-01..2026-10-15", "2026-09-16..2026-09-30"],
  ])("before %s is %s, and back", (text, earlier) => {
    expect(before(of(text)).text).toBe(earlier);
    expect(after(of(earlier)).text).toBe(text);
  });

  it("the usual period is the last complete week", () => {
    // Sunday, then Monday.
    expect(usualPeriod("2026-11-22").text).toBe("2026-W46");
    expect(usualPeriod("2026-11-23").text).toBe("2026-W47");
    expect(lastComplete("month", "2026-03-31").text).toBe("2026-02");
  });

  it.each([
    ["2026-W46", "2025-W46"],
    ["2026-10", "2025-10"],
    ["2026-Q1", "2025-Q1"],
    ["2024-02-29", "2023-02-28"],
    ["2026-10-01..2026-10-15", "2025-10-01..2025-10-15"],
    ["2026-Q4", "2025-10-01..2025-11-22"],
    ["2026-W48", "2025-W48"],
  ])("a year before %s is %s", (text, earlier) => {
    expect(yearBefore(of(text), "2026-11-22").text).toBe(earlier);
  });

  it("thirteen in a row", () => {
    expect(stretchOf(of("2026-W46"), 13).text).toBe("2026-08-17..2026-11-15");
    expect(stretchOf(of("2026-11"), 13).text).toBe("2025-11-01..2026-11-30");
    expect(stretchOf(of("2026-11-18"), 1).text).toBe("2026-11-18..2026-11-18");
  });

  it("another kind shows the same time, and nothing that has not begun", () => {
    expect(asKind("month", of("2026-W46"), "2026-11-22").text).toBe("2026-11");
    expect(asKind("quarter", of("2026-W46"), "2026-11-22").text).toBe("2026-Q4");
    expect(asKind("week", of("2026-11"), "2026-11-22").text).toBe("2026-W47");
  });
});

describe("words", () => {
  it.each([
    ["2026-W06", "Week 6, 2026"],
    ["2026-11", "November 2026"],
    ["2026-Q4", "Q4 2026"],
    ["2026-11-18", "18 Nov 2026"],
    ["2026-10-01..2026-10-15", "1 – 15 Oct 2026"],
  ])("%s is called %s", (text, title) => {
    expect(periodTitle(of(text))).toBe(title);
  });

  it("days of a stretch", () => {
    expect(spanText("2026-09-28", "2026-10-04")).toBe("28 Sep – 4 Oct 2026");
    expect(spanText("2026-12-28", "2027-01-03")).toBe("28 Dec 2026 – 3 Jan 2027");
    expect(spanText("2026-12-28", "2026-12-28")).toBe("28 Dec 2026");
  });

  it("ticks", () => {
    expect(tickOf("week", "2026-11-09")).toBe("W46");
    expect(tickOf("month", "2026-11-01")).toBe("Nov");
    expect(tickOf("month", "2027-01-01")).toBe("2027");
    expect(tickOf("quarter", "2026-10-01")).toBe("Q4");
    expect(tickOf("range", "2026-10-01")).toBe("1 Oct");
    expect(periodAt("week", "2026-11-15").text).toBe("2026-W46");
  });
});
