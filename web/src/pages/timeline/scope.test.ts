import { describe, expect, it } from "vitest";
import { readFacets, readLanes, readScope, toggledFacet, writeFacets, writeScope } from "./scope";

describe("a scope", () => {
  it("is everything, some entities, or a team", () => {
    expect(readScope({})).toEqual({ kind: "all" });
    expect(readScope({ of: "service:cart,service:ledger" })).toEqual({ kind: "entities", refs: ["service:cart", "service:ledger"] });
    expect(readScope({ team: "payments" })).toEqual({ kind: "team", ref: "team:payments" });
    expect(readScope({ team: "person:ada" })).toEqual({ kind: "team", ref: "person:ada" });
  });

  it("keeps commas in names, and drops what is said twice", () => {
    expect(readScope({ of: "service:a,b,service:c,service:c" })).toEqual({ kind: "entities", refs: ["service:a,b", "service:c"] });
  });

  it("of one team is what it owned, unless it is meant alone", () => {
    expect(readScope({ of: "team:payments" })).toEqual({ kind: "team", ref: "team:payments" });
    expect(readScope({ of: "team:payments", owned: "off" })).toEqual({ kind: "entities", refs: ["team:payments"] });
    expect(readScope({ of: "team:payments,team:billing" })).toEqual({ kind: "entities", refs: ["team:payments", "team:billing"] });
  });

  it("reads back as it was written", () => {
    for (const search of [{}, { of: "team:payments", owned: "off" }, { of: "service:cart,api:shop" }, { team: "team:payments" }]) {
      expect(readScope(writeScope(readScope(search)))).toEqual(readScope(search));
    }
  });
});

describe("facets", () => {
  it("are words, unknown ones left out", () => {
    expect(readFacets("quality,general,nonsense")).toEqual(["GENERAL", "QUALITY"]);
    expect(readFacets(undefined)).toEqual([]);
    expect(writeFacets(["GENERAL", "QUALITY"])).toBe("general,quality");
    expect(writeFacets([])).toBeUndefined();
  });

  it("are added and taken away", () => {
    expect(toggledFacet(["QUALITY"], "GENERAL")).toEqual(["GENERAL", "QUALITY"]);
    expect(toggledFacet(["GENERAL", "QUALITY"], "GENERAL")).toEqual(["QUALITY"]);
  });
});

describe("lanes", () => {
  it("are facets, or entities where several are compared", () => {
    expect(readLanes(undefined, { kind: "all" })).toBe("FACET");
    expect(readLanes(undefined, { kind: "entities", refs: ["service:a", "service:b"] })).toBe("ENTITY");
    expect(readLanes("facet", { kind: "entities", refs: ["service:a", "service:b"] })).toBe("FACET");
    expect(readLanes("entity", { kind: "all" })).toBe("ENTITY");
  });
});
