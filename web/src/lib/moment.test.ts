import { describe, expect, it } from "vitest";
import {
  absolute,
  addDays,
  addMonths,
  clock,
  dayOf,
  dayOfMoment,
  daysBetween,
  daysOf,
  duration,
  earlier,
  isDay,
  isMoment,
  longDay,
  relative,
  relativeDay,
  shortDay,
} from "./moment";

/** Zones far from each other, with and without daylight saving time, and with odd offsets. */
const ZONES = [
  "UTC",
  "Europe/Berlin",
  "America/New_York",
  "Asia/Kathmandu",
  "Pacific/Apia",
  "Pacific/Kiritimati",
  "Australia/Lord_Howe",
  "America/St_Johns",
];

describe("days", () => {
  it("go on by one, through leap years and ends of centuries", () => {
    let day = "1999-12-25";
    for (let steps = 0; steps < 4 * 366; steps += 1) {
      const next = addDays(day, 1);
      expect(isDay(next)).toBe(true);
      expect(next > day).toBe(true);
      expect(addDays(next, -1)).toBe(day);
      expect(daysBetween(day, next)).toBe(1);
      day = next;
    }
    expect(day).toBe("2003-12-28");
    expect(addDays("2000-02-28", 1)).toBe("2000-02-29");
    expect(addDays("2100-02-28", 1)).toBe("2100-03-01");
  });

  it("add up", () => {
    for (let days = -800; days <= 800; days += 37) {
      const there = addDays("2026-03-29", days);
      expect(daysBetween("2026-03-29", there)).toBe(days);
      expect(addDays(there, -days)).toBe("2026-03-29");
    }
  });

  it("of a stretch are all of it, in order, or none", () => {
    const days = daysOf("2026-03-27", "2026-04-02");
    expect(days).toHaveLength(7);
    expect([...days].sort()).toEqual(days);
    expect(daysOf("2026-03-27", "2026-03-27")).toEqual(["2026-03-27"]);
    expect(daysOf("2026-03-27", "2026-03-26")).toEqual([]);
  });

  it("a month later are the same day of the month, or its last", () => {
    expect(addMonths("2026-01-31", 1)).toBe("2026-02-28");
    expect(addMonths("2024-01-31", 1)).toBe("2024-02-29");
    expect(addMonths("2024-02-29", -12)).toBe("2023-02-28");
    for (let months = -30; months <= 30; months += 1) {
      const day = addMonths("2026-05-31", months);
      expect(isDay(day)).toBe(true);
      const [year = 0, month = 0] = day.split("-").map(Number);
      expect(year * 12 + month).toBe(2026 * 12 + 5 + months);
    }
  });

  it("are told from what only looks like one", () => {
    for (const text of ["2026-02-30", "2026-13-01", "2026-1-1", "26-01-01", "2026-01-01T00:00", "", "today", "2026-00-10", " 2026-01-01"])
      expect(isDay(text), text).toBe(false);
    expect(isDay("2024-02-29")).toBe(true);
    expect(isDay("2025-02-29")).toBe(false);
  });

  it("the earlier one is the earlier one", () => {
    expect(earlier("2026-01-02", "2025-12-31")).toBe("2025-12-31");
    expect(earlier("2025-12-31", "2026-01-02")).toBe("2025-12-31");
  });
});

describe("moments", () => {
  it("are days, or instants with a zone", () => {
    for (const text of ["2026-03-01", "2026-03-01T08:30:00Z", "2026-03-01T08:30Z", "2026-03-01T08:30:00.123456+05:45"])
      expect(isMoment(text), text).toBe(true);
    for (const text of ["2026-03-01T08:30:00", "2026-03-01T25:00:00Z", "2026-02-30", "1772353800", "2026-03-01 08:30Z"])
      expect(isMoment(text), text).toBe(false);
  });

  it("fall on a day by the zone", () => {
    expect(dayOfMoment("2026-03-01", "Pacific/Kiritimati")).toBe("2026-03-01");
    expect(dayOfMoment("2026-03-01T23:30:00Z", "Europe/Berlin")).toBe("2026-03-02");
    expect(dayOfMoment("2026-03-01T03:30:00Z", "America/New_York")).toBe("2026-02-28");
  });

  it.each(ZONES)("pass the days of %s in order, each of 23 to 25 hours", (zone) => {
    // Two years by hours: every change of the clocks is among them.
    const start = Date.UTC(2025, 0, 1);
    let day = dayOf(new Date(start).toISOString(), zone);
    let began: number | undefined;
    for (let time = start; time < start + 2 * 365 * 86_400_000; time += 3_600_000) {
      const now = dayOf(new Date(time).toISOString(), zone);
      if (now === day) continue;
      if (daysBetween(day, now) !== 1) expect.fail(`${day} is followed by ${now}`);
      if (began !== undefined) {
        const hours = (time - began) / 3_600_000;
        if (hours < 23 || hours > 25) expect.fail(`${day} has ${hours} hours`);
      }
      began = time;
      day = now;
    }
    expect(isDay(day)).toBe(true);
  });

  it("keep their zone when they are written out, on both sides of a change of the clocks", () => {
    expect(absolute("2026-03-29T00:59:59Z", "Europe/Berlin")).toMatch(/^29 March 2026, 01:59:59 (CET|GMT\+1)$/);
    expect(absolute("2026-03-29T01:00:00Z", "Europe/Berlin")).toMatch(/^29 March 2026, 03:00:00 (CEST|GMT\+2)$/);
    expect(clock("2026-03-29T01:00:00Z", "Europe/Berlin")).toBe("03:00");
    expect(clock("2026-03-29T00:00:00Z", "UTC")).toBe("00:00");
  });
});

describe("in words", () => {
  it("a day is the same day everywhere", () => {
    // Editions of the locale data differ in the comma.
    expect(longDay("2026-03-03")).toMatch(/^Tuesday,? 3 March 2026$/);
    expect(shortDay("2026-03-03")).toBe("3 Mar 2026");
  });

  it.each([
    ["2026-03-03T10:00:00Z", "just now"],
    ["2026-03-03T09:59:30Z", "just now"],
    ["2026-03-03T09:57:00Z", "3 min ago"],
    ["2026-03-03T07:00:00Z", "3 h ago"],
    ["2026-03-02T10:00:00Z", "1 day ago"],
    ["2025-06-15T10:00:00Z", "261 days ago"],
    ["2025-03-01T10:00:00Z", "1 year ago"],
    ["2020-03-01T10:00:00Z", "6 years ago"],
    ["2026-03-03T10:05:00Z", "in 5 min"],
  ])("%s is %s", (instant, words) => {
    expect(relative(instant, "2026-03-03T10:00:00Z")).toBe(words);
  });

  it("a day is so many days away", () => {
    expect(["2026-03-03", "2026-03-02", "2026-02-19", "2026-03-06", "2022-03-03"].map((day) => relativeDay(day, "2026-03-03"))).toEqual([
      "today",
      "yesterday",
      "12 days ago",
      "in 3 days",
      "1,461 days ago",
    ]);
  });

  it("a length of time never has sixty of anything", () => {
    expect([0.04, 1.25, 12.4, 200, 3600, 5400].map(duration)).toEqual(["0.0 s", "1.3 s", "12 s", "3 min 20 s", "1 h 0 min", "1 h 30 min"]);
    for (let seconds = 0; seconds < 8000; seconds += 0.37) expect(duration(seconds), String(seconds)).not.toMatch(/\b60 /);
  });
});
