import { describe, expect, it } from "vitest";
import { environmentsOf, podsOf, type Runs, regionsOf, rowsOf, usualVersion, versionOf } from "./grid";

function runs(service: string | undefined, region: string, ready: number | null, version = "2", environment = "production"): Runs {
  return {
    id: `${service}${region}${version}`,
    ref: `workload:${region}/apps/${service ?? "stray"}`,
    name: `${region}/apps/${service ?? "stray"}`,
    stale: false,
    lastConfirmed: null,
    service: service
      ? { id: service, ref: `service:${service}`, name: service, title: null, owner: { ref: "team:shop", name: "shop", title: null } }
      : null,
    workload: {
      cluster: region,
      region,
      environment,
      namespace: "apps",
      kind: "Deployment",
      ready,
      desired: 3,
      version,
      restarts: 0,
      paused: false,
      suspended: false,
      schedule: null,
      lastSucceeded: null,
      conditions: [],
    },
  };
}

describe("the grid", () => {
  const all = [
    runs("cart", "eu", 3),
    runs("cart", "us", 3, "1"),
    runs("ledger", "eu", 0),
    runs("search", "eu", 3),
    runs(undefined, "eu", 3),
  ];

  it("has trouble first, then what differs", () => {
    expect(rowsOf(all, "").map(({ name }) => name)).toEqual(["ledger", "cart", "search", "stray"]);
    expect(
      rowsOf(all, "")
        .map(({ ref }) => ref)
        .at(-1),
    ).toBeUndefined();
  });

  it("finds by name and owner", () => {
    expect(rowsOf(all, "shop car").map(({ name }) => name)).toEqual(["cart"]);
  });

  it("has production first", () => {
    expect(environmentsOf([runs("a", "eu", 1, "1", "alpha"), runs("a", "eu", 1)])).toEqual(["production", "alpha"]);
    expect(regionsOf(all)).toEqual(["eu", "us"]);
  });

  it("adds up the pods of a cell, and never takes unknown for none", () => {
    expect(podsOf([runs("a", "eu", 2), runs("a", "eu", null)])).toEqual({ ready: 2, desired: 6 });
    expect(podsOf([])).toEqual({ ready: null, desired: null });
    expect(versionOf([runs("a", "eu", 2), runs("a", "eu", 2, "1")])).toBe("1, 2");
    const [row] = rowsOf([runs("a", "eu", 3), runs("a", "us", 3), runs("a", "ap", 3, "1")], "");
    expect(row && usualVersion(row)).toBe("2");
  });
});
