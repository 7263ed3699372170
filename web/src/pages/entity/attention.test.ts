import { describe, expect, it } from "vitest";
import { attention } from "./attention";

type Entity = Parameters<typeof attention>[0];

const WELL: Entity = {
  kind: "SERVICE",
  name: "ledger",
  state: "DEFINED",
  status: "active",
  owners: [{ id: "e1", ref: "team:a", kind: "TEAM", name: "a", title: null, state: "DEFINED", status: null, type: null }],
  facets: [{ facet: "GENERAL", stale: false, lastConfirmed: null }],
  facts: [],
  usedBy: [],
};

describe("attention", () => {
  it("is not asked for if all is well", () => {
    expect(attention(WELL)).toEqual([]);
  });

  it("is asked for by what nobody owns, but not by a person or a package", () => {
    const ids = (entity: Entity): string[] => attention(entity).map(({ id }) => id);
    expect(ids({ ...WELL, owners: [] })).toEqual(["unowned"]);
    expect(ids({ ...WELL, owners: [], kind: "PERSON" })).toEqual([]);
    expect(ids({ ...WELL, owners: [], kind: "PACKAGE", state: "REFERENCED" })).toEqual([]);
  });

  it("is asked for by stale facets, an unknown owner and a status that ends", () => {
    const [owner] = WELL.owners;
    const entity: Entity = {
      ...WELL,
      status: "deprecated",
      owners: owner ? [{ ...owner, state: "REFERENCED" }] : [],
      facets: [{ facet: "GENERAL", stale: true, lastConfirmed: null }],
    };
    expect(attention(entity).map(({ id }) => id)).toEqual(["deprecated", "owner-team:a", "stale"]);
  });

  it("is asked for by a failed gate, and what is out of support, but not by what was never analysed", () => {
    const failedConditions = [
      { metric: "new_coverage", operator: "<", threshold: "80", actual: "61.2" },
      { metric: "new_violations", operator: ">", threshold: "0", actual: "3" },
    ];
    const failed = attention({ ...WELL, quality: { gate: "FAILED", failedConditions }, allOutdated: { endOfLife: 1 } });
    expect(failed.map(({ id }) => id)).toEqual(["gate", "endoflife"]);
    expect(failed[0]?.text).toBe("Coverage on new code is 61.2 %, required at least 80 %, and 1 other condition is not met.");
    expect(attention({ ...WELL, quality: { gate: null, failedConditions: [] }, allOutdated: null })).toEqual([]);
    expect(attention({ ...WELL, quality: null })).toEqual([]);
  });

  it("is asked for by a deprecated package, with how many still use it", () => {
    const [notice] = attention({ ...WELL, kind: "PACKAGE", state: "REFERENCED", owners: [], deprecated: "Use another", usesCount: 3 });
    expect(notice).toMatchObject({ id: "deprecated-package", text: "Use another. 3 manifests still use it." });
  });
});
