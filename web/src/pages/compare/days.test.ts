import { describe, expect, it } from "vitest";
import { pairOf, presets, readDay, refsOf } from "./days";

const known = { today: "2026-11-21", first: "2025-05-30", zone: "Europe/Berlin" };

describe("the two days of an address", () => {
  it("are the last week if nothing is said", () => {
    expect(pairOf({}, known)).toMatchObject({ from: "2026-11-14", to: "2026-11-21", trouble: undefined, isOpen: false });
  });

  it("do not begin before the first record unless somebody says so", () => {
    expect(pairOf({}, { ...known, first: "2026-11-19" })).toMatchObject({ from: "2026-11-19", isOpen: false });
    expect(pairOf({ from: "2020-01-01" }, known)).toMatchObject({ from: "2020-01-01", isOpen: true, trouble: undefined });
  });

  it("may be instants, which fall on a day of the organisation's zone", () => {
    const pair = pairOf({ from: "2026-03-01T23:30:00Z", to: "2026-03-05" }, known);
    expect(pair).toMatchObject({ from: "2026-03-01T23:30:00Z", fromDay: "2026-03-02", toDay: "2026-03-05", trouble: undefined });
  });

  it("are told from texts that are no days", () => {
    expect(pairOf({ from: "2026-02-30" }, known).trouble).toEqual({ what: "malformed", side: "from", text: "2026-02-30" });
    expect(pairOf({ to: "<b>" }, known)).toMatchObject({ to: "2026-11-21", trouble: { what: "malformed", side: "to" } });
  });

  it("cannot lie in the future", () => {
    expect(pairOf({ to: "2026-11-22" }, known).trouble).toEqual({ what: "future", side: "to", day: "2026-11-22" });
    expect(pairOf({ from: "2027-01-01", to: "2026-01-01" }, known).trouble).toEqual({ what: "future", side: "from", day: "2027-01-01" });
  });

  it("stand in order", () => {
    expect(pairOf({ from: "2026-03-02", to: "2026-03-01" }, known).trouble).toEqual({ what: "backwards" });
    expect(pairOf({ from: "2026-03-01", to: "2026-03-01T08:00:00Z" }, known).trouble).toEqual({ what: "backwards" });
    expect(pairOf({ from: "2026-03-01T08:00:00Z", to: "2026-03-01" }, known).trouble).toBeUndefined();
    expect(pairOf({ from: "2026-03-01T09:00:00Z", to: "2026-03-01T08:00:00Z" }, known).trouble).toEqual({ what: "backwards" });
  });

  it("differ", () => {
    expect(pairOf({ from: "2026-03-01", to: "2026-03-01" }, known).trouble).toEqual({ what: "same" });
  });

  it("are of a time of which something is known", () => {
    expect(pairOf({ from: "2020-01-01", to: "2020-02-01" }, known).trouble).toEqual({ what: "unrecorded" });
  });
});

describe("a typed day", () => {
  it.each([
    ["2026-03-03", "2026-03-03"],
    [" today ", "2026-11-21"],
    ["Yesterday", "2026-11-20"],
    ["90d", "2026-08-23"],
    ["3 days ago", "2026-11-18"],
    ["2w", "2026-11-07"],
    ["6m", "2026-05-21"],
    ["1 year ago", "2025-11-21"],
    ["3 March 2026", "2026-03-03"],
    ["3. Mar", "2026-03-03"],
    ["24 dec", "2025-12-24"],
    ["29 feb 2024", "2024-02-29"],
  ])("%s is %s", (text, day) => {
    expect(readDay(text, "2026-11-21")).toBe(day);
  });

  it.each(["", "soon", "2026-02-30", "31 feb 2026", "3 marble 2026x", "12345d", "<script>"])("%s is none", (text) => {
    expect(readDay(text, "2026-11-21")).toBeUndefined();
  });
});

it("a month before the end of March is the end of February", () => {
  expect(presets("2026-03-31").find(({ name }) => name === "last month")?.from).toBe("2026-02-28");
});

it("a comma in a name does not part refs", () => {
  expect(refsOf("service:a,b,team:c")).toEqual(["service:a,b", "team:c"]);
  expect(refsOf(undefined)).toEqual([]);
});
