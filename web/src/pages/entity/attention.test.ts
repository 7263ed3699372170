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
});
