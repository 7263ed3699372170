import { describe, expect, it } from "vitest";
import type { EntityFieldFragment } from "../../api/generated";
import { disputed, factOf, packageKey, sameValue, sectionsOf } from "./facts";

const SAID: EntityFieldFragment["saidBy"] = {
  source: "git",
  origin: "catalog-info.yaml",
  resource: "ledger",
  scope: "ledger",
  check: null,
  since: "2026-01-01T00:00:00Z",
  lastConfirmed: null,
  stale: false,
  layer: "OBSERVED",
};

function field(name: string, value: unknown, others: unknown[] = []): EntityFieldFragment {
  return {
    field: name,
    value,
    saidBy: SAID,
    disagreements: others.map((other) => ({ value: other, saidBy: { ...SAID, origin: "CODEOWNERS" } })),
  };
}

describe("facts", () => {
  it("are grouped by facet, those that say most first", () => {
    const sections = sectionsOf([
      { facet: "DOCUMENTATION", fields: [field("documents[README.md]", "Read me")] },
      { facet: "GENERAL", fields: [field("path", "a"), field("zebra", 1), field("owner", ["team:a"]), field("lifecycle", "production")] },
      { facet: "QUALITY", fields: [] },
    ]);
    expect(sections.map(({ facet }) => facet)).toEqual(["GENERAL", "DOCUMENTATION"]);
    expect(sections[0]?.single.map(({ name }) => name)).toEqual(["owner", "lifecycle", "path", "zebra"]);
  });

  it("with entries come together under their field, languages by size", () => {
    const fields = [field("languageBytes[Go]", 10), field("languageBytes[Rust]", 300), field("annotations[a[0]]", "x")];
    const [section] = sectionsOf([{ facet: "GENERAL", fields }]);
    expect(section?.keyed.map(({ name, entries }) => [name, entries.map(({ key }) => key)])).toEqual([
      ["languageBytes", ["Rust", "Go"]],
      ["annotations", ["a[0]"]],
    ]);
    expect(section?.count).toBe(3);
  });

  it("keep the path by which their history is asked for", () => {
    const fact = factOf("DEPENDENCIES", field("packages[a/Cargo.lock#cargo/serde]", {}));
    expect(fact.path).toBe("dependencies.packages[a/Cargo.lock#cargo/serde]");
    expect(packageKey(fact.key ?? "")).toEqual({ manifest: "a/Cargo.lock", name: "cargo/serde" });
  });

  it("are disputed only if another source says something else", () => {
    const facets = [
      { facet: "GENERAL" as const, fields: [field("owner", ["team:a"], [["team:a"]]), field("type", "service", ["library"])] },
    ];
    expect(disputed(facets).map(({ name }) => name)).toEqual(["type"]);
  });

  it("are the same whatever the order of their parts", () => {
    expect(sameValue({ a: 1, b: [1, 2] }, { b: [1, 2], a: 1 })).toBe(true);
    expect(sameValue([1, 2], [2, 1])).toBe(false);
  });
});
