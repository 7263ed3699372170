import { describe, expect, it } from "vitest";
import { readLanes, readScope, writeScope } from "./scope";

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

describe("lanes", () => {
  it("are facets, or entities where several are compared", () => {
    expect(readLanes(undefined, { kind: "all" })).toBe("FACET");
    expect(readLanes(undefined, { kind: "entities", refs: ["service:a", "service:b"] })).toBe("ENTITY");
    expect(readLanes("facet", { kind: "entities", refs: ["service:a", "service:b"] })).toBe("FACET");
    expect(readLanes("entity", { kind: "all" })).toBe("ENTITY");
  });
});
