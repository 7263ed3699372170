import { describe, expect, it } from "vitest";
import type { Facet } from "../../api/generated";
import {
  type Countable,
  coarser,
  countLanes,
  extentOf,
  heightOf,
  highestOf,
  labelledOf,
  laneCounts,
  levelsOf,
  perDay,
  placeOf,
  pointAt,
  segmentAt,
  segmentsOf,
  shortCount,
  totalIn,
  withFailures,
} from "./lanes";
import { msOf } from "./range";

function change(at: string, facet: Facet, name: string, layer: "BACKFILLED" | "OBSERVED" = "OBSERVED"): Countable {
  return { at, facet, layer, entity: { ref: `service:${name}`, name, kind: "SERVICE" } };
}

describe("counting changes", () => {
  const changes = [
    change("2026-03-02T10:00:00Z", "DEPENDENCIES", "cart"),
    change("2026-03-02T09:00:00Z", "DEPENDENCIES", "cart", "BACKFILLED"),
    change("2026-03-01T23:30:00Z", "GENERAL", "ledger"),
  ];

  it("goes by facet, in the order of facets, and by the organisation's days", () => {
    expect(laneCounts(changes, "FACET", "Europe/Berlin")).toEqual([
      { facet: "GENERAL", event: null, entity: null, points: [{ day: "2026-03-02", count: 1, backfilled: 0 }] },
      { facet: "DEPENDENCIES", event: null, entity: null, points: [{ day: "2026-03-02", count: 2, backfilled: 1 }] },
    ]);
    expect(laneCounts(changes, "FACET", "UTC")[0]?.points[0]?.day).toBe("2026-03-01");
  });

  it("goes by entity, most changes first", () => {
    expect(laneCounts(changes, "ENTITY", "UTC").map(({ entity }) => entity?.name)).toEqual(["cart", "ledger"]);
  });
});

describe("events", () => {
  const deployed = (at: string): Countable => ({ at, eventKind: "DEPLOYMENT", entity: null });

  it("have lanes of their own, after those of facets", () => {
    const counted = laneCounts(
      [deployed("2026-03-02T10:00:00Z"), change("2026-03-02T09:00:00Z", "QUALITY", "cart"), deployed("2026-03-02T08:00:00Z")],
      "FACET",
      "UTC",
    );
    expect(counted.map(({ facet, event, points }) => [facet, event, points[0]?.count])).toEqual([
      ["QUALITY", null, 1],
      [null, "DEPLOYMENT", 2],
    ]);
    expect(countLanes(counted, "DAY").map(({ id, name }) => [id, name])).toEqual([
      ["QUALITY", "Quality"],
      ["DEPLOYMENT", "Deployments"],
    ]);
  });

  it("that failed are counted on days of which all failures are known", () => {
    const lane = countLanes(laneCounts([deployed("2026-03-01T10:00:00Z"), deployed("2026-03-02T10:00:00Z")], "FACET", "UTC"), "DAY");
    const nodes = [
      { at: "2026-03-02T10:00:00Z", kind: "DEPLOYMENT" as const },
      { at: "2026-03-01T10:00:00Z", kind: "DEPLOYMENT" as const },
    ];
    expect(withFailures(lane, { nodes, hasMore: true }, "UTC")[0]?.points.map(({ failed }) => failed)).toEqual([undefined, 1]);
    expect(withFailures(lane, { nodes, hasMore: false }, "UTC")[0]?.points.map(({ failed }) => failed)).toEqual([1, 1]);
    expect(coarser(withFailures(lane, { nodes, hasMore: false }, "UTC")[0]?.points ?? [], "MONTH")[0]?.failed).toBe(2);
  });
});

describe("points", () => {
  const points = [
    { day: "2026-02-28", count: 1, backfilled: 1 },
    { day: "2026-03-01", count: 2, backfilled: 0 },
    { day: "2026-03-02", count: 4, backfilled: 1 },
  ];

  it("add up to weeks and months", () => {
    expect(coarser(points, "WEEK")).toEqual([
      { day: "2026-02-23", count: 3, backfilled: 1 },
      { day: "2026-03-02", count: 4, backfilled: 1 },
    ]);
    expect(coarser(points, "MONTH").map(({ day, count }) => [day, count])).toEqual([
      ["2026-02-01", 1],
      ["2026-03-01", 6],
    ]);
    expect(coarser(points, "DAY")).toEqual(points);
  });

  it("leave what they were made of as it was", () => {
    coarser(points, "WEEK");
    expect(points[0]?.count).toBe(1);
  });

  it("count in a range, weeks that lie partly in it whole", () => {
    expect(totalIn({ points, step: "DAY" }, { from: "2026-03-01", to: "2026-03-01" })).toBe(2);
    expect(totalIn({ points: coarser(points, "WEEK"), step: "WEEK" }, { from: "2026-03-01", to: "2026-03-01" })).toBe(3);
  });

  it("of all lanes make days", () => {
    expect(perDay([{ points }, { points: points.slice(1) }]).map(({ count }) => count)).toEqual([1, 4, 8]);
  });

  it("are found by any day of their step", () => {
    expect(pointAt(coarser(points, "WEEK"), "2026-03-04", "WEEK")?.count).toBe(4);
    expect(pointAt(points, "2026-03-04", "DAY")).toBeUndefined();
  });
});

describe("values", () => {
  const history = [
    { at: "2026-01-01T12:00:00Z", after: ["team:payments"], layer: "BACKFILLED" as const },
    { at: "2026-02-01T12:00:00Z", after: ["team:payments"], layer: "OBSERVED" as const },
    { at: "2026-03-01T12:00:00Z", after: ["team:billing", "person:ada"], layer: "OBSERVED" as const },
    { at: "2026-04-01T00:00:00Z", after: null, layer: "OBSERVED" as const },
  ];
  const end = msOf("2026-05-01");
  const segments = segmentsOf(history, "UTC", end);

  it("last until another one comes, the same one going on", () => {
    expect(segments.map(({ text, backfilled }) => [text, backfilled])).toEqual([
      ["payments", true],
      ["billing, ada", false],
      [undefined, false],
    ]);
    expect(segments.at(-1)?.end).toBe(end);
    expect(segments[0]?.end).toBe(segments[1]?.start);
  });

  it("are read at a moment, also where there is none", () => {
    expect(segmentAt(segments, msOf("2026-03-15"))?.text).toBe("billing, ada");
    expect(segmentAt(segments, msOf("2026-04-15"))?.text).toBeUndefined();
    expect(segmentAt(segments, msOf("2025-04-15"))).toBeUndefined();
  });

  it("stand at the time of the organisation's day", () => {
    expect(placeOf("2026-03-01T23:30:00Z", "Europe/Berlin")).toBe(msOf("2026-03-02") + 30 * 60_000);
  });
});

describe("a figure through time", () => {
  const said = (at: string, after: unknown, layer: "BACKFILLED" | "OBSERVED" = "OBSERVED") => ({ at, after, layer });
  const end = msOf("2026-06-01");

  it("is made of levels, each up to the next one; what is no number is not known", () => {
    const levels = levelsOf(
      [
        said("2026-01-01T00:00:00Z", 0.8, "BACKFILLED"),
        said("2026-02-01T00:00:00Z", 0.8),
        said("2026-03-01T00:00:00Z", null),
        said("2026-04-01T00:00:00Z", 0.7),
      ],
      "UTC",
      end,
    );
    expect(levels).toEqual([
      { start: msOf("2026-01-01"), end: msOf("2026-03-01"), value: 0.8, backfilled: true },
      { start: msOf("2026-03-01"), end: msOf("2026-04-01"), value: undefined, backfilled: false },
      { start: msOf("2026-04-01"), end, value: 0.7, backfilled: false },
    ]);
    expect(segmentAt(levels, msOf("2026-03-15"))?.value).toBeUndefined();
    expect(segmentAt(levels, msOf("2026-05-01"))?.value).toBe(0.7);
  });

  it("begins when it is known first", () => {
    expect(levelsOf([said("2026-01-01T00:00:00Z", null), said("2026-02-01T00:00:00Z", 1)], "UTC", end)).toHaveLength(1);
    expect(levelsOf([], "UTC", end)).toEqual([]);
  });

  it("has room above and below, even if it never moves", () => {
    const level = (value: number) => ({ start: 0, end: 1, value, backfilled: false });
    expect(extentOf([])).toEqual({ low: 0, high: 1 });
    for (const levels of [[level(0.5)], [level(0)], [level(0.2), level(0.9)]]) {
      const { low, high } = extentOf(levels);
      for (const { value } of levels) expect(low < value && value < high).toBe(true);
    }
  });
});

describe("marks", () => {
  it("never vanish beside a high one", () => {
    expect(heightOf(0, 100)).toBe(0);
    expect(heightOf(1, 10_000)).toBeGreaterThan(0.1);
    expect(heightOf(100, 100)).toBe(1);
  });

  it("all say their number where there is room, else the highest alone", () => {
    const points = [3, 1234, 20].map((count, place) => ({ day: `2026-03-0${place + 1}`, count, backfilled: 0 }));
    expect(labelledOf(points, 40)).toBe("all");
    expect(labelledOf(points, 20)).toBe(points[1]);
    expect(labelledOf([], 20)).toBe("all");
    expect(highestOf(points)).toBe(1234);
    expect([7, 999, 1234, 9999, 20_000].map(shortCount)).toEqual(["7", "999", "1.2k", "9.9k", "20k"]);
  });

  it("take the colour of their facet", () => {
    const [lane] = countLanes([{ facet: "QUALITY", event: null, entity: null, points: [] }], "DAY");
    expect(lane).toMatchObject({ id: "QUALITY", name: "Quality", colour: "--lane-quality" });
  });
});
