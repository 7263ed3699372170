import { describe, expect, it } from "vitest";
import {
  ageText,
  attemptVersion,
  commonVersion,
  type DeployedRow,
  grouped,
  inEnvironment,
  isHead,
  marksOf,
  readCell,
  readGrouping,
  rollbacksOn,
  type Standing,
  writeCell,
} from "./matrix";

function standing(region: string, version: string | null, more: Partial<Standing> = {}): Standing {
  return {
    environment: "production",
    region,
    version,
    previous: null,
    since: "2026-03-02T10:00:00Z",
    behindSince: null,
    rollback: false,
    attemptFailed: null,
    event: null,
    attempt: null,
    ...more,
  };
}

function row(name: string, owner: string | undefined, versions: Standing[] = []): DeployedRow {
  const team = owner === undefined ? null : { ref: `team:${owner}`, name: owner, title: null };
  return {
    drifts: false,
    driftsSince: null,
    versions,
    entity: { id: name, ref: `service:${name}`, name, title: null, owner: team, system: null },
  };
}

describe("a cell", () => {
  it("says what is out of the ordinary, the most urgent first", () => {
    const attempt = { id: "e", at: "2026-03-03T10:00:00Z", deployment: { version: "3" }, rollout: null };
    const failed = standing("eu", "2", { attempt, attemptFailed: true, behindSince: "2026-03-02T00:00:00Z", rollback: true });
    expect(marksOf(failed)).toEqual(["failed", "behind", "rollback"]);
    expect(marksOf(standing("eu", "2", { attempt, attemptFailed: false }))).toEqual(["coming"]);
    expect(marksOf(standing("eu", "2"))).toEqual([]);
    expect(attemptVersion(failed)).toBe("3");
  });

  it("tells its age in as little room as it takes", () => {
    const ages = ["2026-03-10T11:58:00Z", "2026-03-10T02:00:00Z", "2026-03-01T12:00:00Z", "2025-03-10T12:00:00Z"];
    expect(ages.map((since) => ageText(since, "2026-03-10T12:00:00Z"))).toEqual(["2 min", "10 h", "9 d", "52 w"]);
  });

  it("has a name that reads back", () => {
    for (const text of ["service:cart", "service:cart@eu", "service:cart@"])
      expect(writeCell(readCell(text) ?? { ref: "", region: "" })).toBe(text);
    expect(readCell(undefined)).toBeUndefined();
  });
});

describe("a row", () => {
  it("has one version where regions agree", () => {
    expect(commonVersion([standing("eu", "2"), standing("us", "2")])).toBe("2");
    expect(commonVersion([standing("eu", "2"), standing("us", "1")])).toBeUndefined();
    expect(commonVersion([standing("eu", null)])).toBeUndefined();
  });

  it("is looked at in one environment", () => {
    const both = row("cart", "shop", [standing("eu", "2"), standing("eu", "3", { environment: "staging" })]);
    expect([...inEnvironment(both, "staging").values()].map(({ version }) => version)).toEqual(["3"]);
  });
});

describe("groups", () => {
  it("stand by name, rows without one last", () => {
    const lines = grouped([row("b", "shop"), row("x", undefined), row("a", "billing"), row("c", "shop")], "owner");
    expect(lines.map((line) => (isHead(line) ? `${line.group} ${line.count}` : line.entity?.name))).toEqual([
      "billing 1",
      "a",
      "shop 2",
      "b",
      "c",
      "No owner 1",
      "x",
    ]);
    expect([readGrouping(undefined), readGrouping("none"), readGrouping("system")]).toEqual(["owner", undefined, "system"]);
  });
});

describe("rollbacks of a day", () => {
  it("are those that arrived on it", () => {
    const rows = [
      row("a", "shop", [standing("eu", "1", { rollback: true }), standing("us", "1", { rollback: true, since: "2026-03-01T10:00:00Z" })]),
    ];
    expect(rollbacksOn(rows, "production", "2026-03-02", "UTC")).toBe(1);
    expect(rollbacksOn(rows, "staging", "2026-03-02", "UTC")).toBe(0);
  });
});
