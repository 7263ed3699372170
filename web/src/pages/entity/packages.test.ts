import { describe, expect, it } from "vitest";
import type { EntityUseFragment } from "../../api/generated";
import { orderOf, readOnly, readSort, worstFirst, writeSort } from "./packages";

const use = (name: string, more: Partial<EntityUseFragment> = {}): EntityUseFragment => ({
  name,
  manifest: "package-lock.json",
  direct: true,
  requirement: null,
  scope: null,
  since: "2026-01-01T00:00:00Z",
  versions: ["1.0.0"],
  latest: "2.0.0",
  behind: "MAJOR",
  releasesBehind: 3,
  libyears: 1,
  deprecated: null,
  endOfLife: null,
  advisories: [],
  package: null,
  user: null,
  ...more,
});

describe("the address of a list of packages", () => {
  it("means what it says, or nothing", () => {
    expect([readOnly("outdated"), readOnly("endoflife"), readOnly("x"), readOnly(undefined)]).toEqual([
      "outdated",
      "endoflife",
      undefined,
      undefined,
    ]);
    expect(readSort("-libyears")).toEqual({ column: "libyears", descending: true });
    expect([readSort(undefined), readSort("constructor"), readSort("-")]).toEqual([undefined, undefined, undefined]);
    for (const text of ["package", "-behind", "-libyears", "manifest"]) {
      const sorting = readSort(text);
      expect(sorting && writeSort(sorting)).toBe(text);
    }
  });

  it("asks for what is furthest behind first, unless it says otherwise", () => {
    expect(orderOf(undefined)).toEqual({ field: "BEHIND", direction: "DESC" });
    expect(orderOf(readSort("package"))).toEqual({ field: "NAME", direction: "ASC" });
  });
});

it("what hurts most stands before all others, each once, and nothing is lost", () => {
  const critical = use("npm/b", { advisories: [advisory("CRITICAL")], behind: "PATCH" });
  const low = use("npm/c", { advisories: [advisory("LOW")] });
  const others = [use("npm/a"), low, use("npm/d"), critical];
  expect(worstFirst([low, critical, low], others).map(({ name }) => name)).toEqual(["npm/b", "npm/c", "npm/a", "npm/d"]);
  expect(worstFirst([], others)).toEqual(others);
});

function advisory(severity: "LOW" | "CRITICAL"): NonNullable<EntityUseFragment["advisories"]>[number] {
  return { id: "GHSA-1", severity, score: null, summary: null, aliases: [], affected: [], fixed: [], publishedAt: null };
}
