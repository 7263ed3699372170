import { describe, expect, it } from "vitest";
import { changeText, inWords, stepOf, withoutKind } from "./change";

describe("a step between versions", () => {
  it.each([
    ["4.18.2", "5.0.0", "major"],
    ["5.0.0", "4.18.2", "major"],
    ["4.18.2", "4.19.2", "minor"],
    ["v1.31.0", "v1.37.0", "minor"],
    ["4.18.2", "4.18.3", "patch"],
    ["1.0.0", "1.0.1-beta.1+5", "patch"],
    ["1.2.3", "1.2.3", undefined],
    ["1.2.3-rc.1", "1.2.3", undefined],
    ["^4.18.2", "^5.0.0", undefined],
    ["1.2", "1.3", undefined],
    ["main", "1.0.0", undefined],
    ["1.0.0, 2.0.0", "3.0.0", undefined],
    ["01.2.3x", "1.2.3", undefined],
  ])("from %s to %s is %s", (before, after, step) => {
    expect(stepOf(before, after)).toBe(step);
  });

  it("is as large back as forth", () => {
    const versions = ["0.0.1", "0.1.0", "1.0.0", "1.0.9", "1.9.0", "2.0.0-alpha", "10.0.0"];
    for (const one of versions) for (const other of versions) expect(stepOf(one, other)).toBe(stepOf(other, one));
  });
});

describe("a change", () => {
  const change = (field: string, before: unknown, after: unknown, key: string | null = null) => ({ field, key, before, after });

  it("of something that is the same in short says what else became another", () => {
    const [before, after] = [
      { title: "Runbook", blob: "1" },
      { title: "Runbook", blob: "2" },
    ];
    const document = inWords(change("documentation.documents[docs/runbook.md]", before, after, "docs/runbook.md"));
    expect(document).toMatchObject({ label: "document docs/runbook.md", before: "Runbook", after: "Runbook, rewritten" });
    const use = (scope: string) => ({ versions: ["1.2.3"], scope });
    const moved = inWords(change("dependencies.packages[a#npm/b]", use("runtime"), use("development"), "a#npm/b"));
    expect(moved).toMatchObject({ before: "1.2.3", after: "1.2.3, scope development" });
  });

  it("of a figure that is the same when rounded has the digits that tell", () => {
    expect(changeText(change("quality.newDuplication", 0.01701, 0.01744))).toBe("duplication on new code  1.70 % -> 1.74 %");
    expect(changeText(change("quality.coverage", 0.500001, 0.500002))).toBe("coverage  50.0001 % -> 50.0002 %");
    expect(changeText(change("quality.debtMinutes", 601, 602))).toContain("601 min -> 602 min");
    expect(changeText(change("quality.lines", 1.0001, 1.0002))).toContain("1.0001 -> 1.0002");
  });

  it("to what nobody wants is told apart", () => {
    const failed = [{ metric: "new_coverage", operator: "<", threshold: "80", actual: "61.2", level: "failed" }];
    expect(inWords(change("quality.failedConditions", null, failed)).trouble).toEqual({ before: false, after: true });
    expect(inWords(change("quality.failedConditions", failed, [])).trouble).toEqual({ before: true, after: false });
    expect(inWords(change("quality.gate", "failed", "passed")).trouble).toEqual({ before: true, after: false });
    expect(inWords(change("general.type", null, "website")).trouble).toEqual({ before: false, after: false });
  });

  it("of an entity says what became of it", () => {
    expect(changeText(change("general.ref", null, "service:a"))).toBe("appeared");
    expect(changeText(change("general.ref", "service:a", null))).toBe("ended");
    expect(changeText(change("general.ref", "service:a", "service:b"))).toBe("renamed  service:a -> service:b");
  });

  it("of a value says what was and what is", () => {
    expect(changeText(change("general.owner", ["team:payments"], ["team:billing"]))).toBe("owner  team:payments -> team:billing");
    expect(changeText(change("general.type", null, "website"))).toBe("type  none -> website");
    expect(changeText(change("general.type", "website", null))).toBe("type  website -> none");
  });

  it("of a package says how large the step is", () => {
    const key = "Cargo.lock#cargo/serde";
    const field = `dependencies.packages[${key}]`;
    expect(changeText(change(field, { versions: ["1.0.1"] }, { versions: ["1.1.0"] }, key))).toBe(
      "cargo/serde in Cargo.lock  1.0.1 -> 1.1.0 (minor)",
    );
  });

  it("of quality has units and sentences", () => {
    expect(changeText(change("quality.gate", "passed", "failed"))).toBe("quality gate  passed -> failed");
    expect(changeText(change("quality.coverage", 0.814, 0.799))).toBe("coverage  81.4 % -> 79.9 %");
    expect(changeText(change("quality.newCoverage", null, 0.5))).toBe("coverage on new code  none -> 50.0 %");
    expect(changeText(change("quality.reliability", "A", "C"))).toBe("reliability  A -> C");
    const failed = [{ metric: "new_coverage", operator: "<", threshold: "80", actual: "61.2", level: "failed" }];
    expect(changeText(change("quality.failedConditions", [], failed))).toBe(
      "failed conditions  none -> coverage on new code 61.2 % (at least 80 %)",
    );
  });

  it("of what a registry says names the advisory, the cycle, the step", () => {
    expect(changeText(change("package.latest", "4.18.2", "4.19.2"))).toBe("latest version  4.18.2 -> 4.19.2 (minor)");
    const advisory = { summary: "Open redirect", severity: "high", affected: ["4.18.2"] };
    expect(changeText(change("package.advisories[GHSA-1]", null, advisory, "GHSA-1"))).toBe("advisory GHSA-1  none -> high: Open redirect");
    const cycle = { endOfLife: "2025-04-30T00:00:00Z", latest: "18.20.8" };
    expect(changeText(change("package.cycles[18]", null, cycle, "18"))).toBe(
      "release cycle 18  none -> latest 18.20.8, supported until 30 Apr 2025",
    );
  });

  it("of a relation is about its other end", () => {
    expect(inWords(change("relations.dependsOn[service:b]", null, {}, "service:b"))).toMatchObject({
      label: "depends on",
      before: undefined,
      after: "service:b",
    });
  });
});

it("refs can be said without their kind, other texts stay", () => {
  expect(["team:billing", "https://example.org", "service:a/b", "plain", "unknown:x"].map(withoutKind)).toEqual([
    "billing",
    "https://example.org",
    "a/b",
    "plain",
    "unknown:x",
  ]);
});
