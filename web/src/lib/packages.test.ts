import { describe, expect, it } from "vitest";
import {
  advisoryUrl,
  bareName,
  behindText,
  byGravity,
  byHurt,
  type Hurting,
  outdatedSentence,
  outdatedText,
  supportText,
  worstSeverity,
} from "./packages";

const use = (name: string, more: Partial<Hurting> = {}): Hurting => ({
  name,
  manifest: "package-lock.json",
  direct: true,
  behind: "CURRENT",
  libyears: 0,
  deprecated: null,
  endOfLife: null,
  advisories: [],
  ...more,
});

describe("what hurts most", () => {
  it("stands first: weaknesses, end of life, deprecated, then how far it is behind", () => {
    const sorted = byHurt([
      use("unknown", { behind: null, libyears: null }),
      use("patch", { behind: "PATCH" }),
      use("transitive", { behind: "MAJOR", direct: false }),
      use("major", { behind: "MAJOR", libyears: 1 }),
      use("older", { behind: "MAJOR", libyears: 4 }),
      use("deprecated", { deprecated: "use another" }),
      use("ending", { endOfLife: { state: "ENDING" } }),
      use("ended", { endOfLife: { state: "ENDED" } }),
      use("low", { advisories: [{ severity: "LOW" }], direct: false }),
      use("unrated", { advisories: [{ severity: null }] }),
      use("critical", { advisories: [{ severity: "LOW" }, { severity: "CRITICAL" }] }),
    ]);
    const names = ["critical", "low", "unrated", "ended", "ending", "deprecated", "older", "major", "patch", "unknown", "transitive"];
    expect(sorted.map(({ name }) => name)).toEqual(names);
  });

  it("is in the same order each time", () => {
    const some = [use("b"), use("a", { manifest: "z" }), use("a")];
    expect(byHurt(some)).toEqual(byHurt([...some].reverse()));
  });

  it("among weaknesses is the gravest; one without a severity is still one", () => {
    expect(worstSeverity([])).toBeUndefined();
    expect(worstSeverity([{ severity: null }])).toBeNull();
    expect(worstSeverity([{ severity: "HIGH" }, { severity: "MODERATE" }])).toBe("HIGH");
    const some = [
      { id: "b", severity: "HIGH" as const, score: 7 },
      { id: "a", severity: "HIGH" as const, score: 7 },
      { id: "c", severity: null, score: 9 },
      { id: "d", severity: "HIGH" as const, score: 8.1 },
    ];
    expect(byGravity(some).map(({ id }) => id)).toEqual(["d", "a", "b", "c"]);
  });
});

it("a version is behind in words", () => {
  expect([behindText("MAJOR", 12), behindText("PATCH"), behindText("CURRENT"), behindText(null)]).toEqual([
    "a major version behind (12 releases)",
    "a patch behind",
    "up to date",
    "how far it is behind is not known",
  ]);
});

it("support is told with its day", () => {
  expect(supportText({ state: "ENDED", date: "2023-04-11T00:00:00Z" })).toBe("out of support since 11 Apr 2023");
  expect(supportText({ state: "ENDING", date: null })).toBe("support ends soon");
  expect(supportText({ state: "SUPPORTED", date: "2027-04-30T00:00:00Z" })).toBe("supported until 30 Apr 2027");
});

it("what is not known is neither outdated nor current", () => {
  expect(outdatedText({ known: 0, outdated: 0 })).toBe("not known");
  expect(outdatedText({ known: 40, outdated: 12 })).toBe("12 of 40");
  const counts = { packages: 42, known: 40, outdated: 12, share: 0.3, major: 4, minor: 8, patch: 0, unknown: 2, libyears: 31.42 };
  expect(outdatedSentence(counts)).toBe(
    "12 of 40 behind (30 %): 4 by a major version, 8 by a minor version; 31.4 libyears in all; 2 not known.",
  );
  expect(outdatedSentence({ ...counts, packages: 2, known: 0, outdated: 0, share: null })).toContain("Of 2 packages it is not known");
});

it("a package is named without its ecosystem, a weakness leads to where it is described", () => {
  expect(["npm/@types/node", "maven/org.example:core", "plain"].map(bareName)).toEqual(["@types/node", "org.example:core", "plain"]);
  expect(advisoryUrl("GHSA-1234-abcd-5678")).toBe("https://osv.dev/vulnerability/GHSA-1234-abcd-5678");
  expect(advisoryUrl("../evil")).toBeUndefined();
});
