import { describe, expect, it } from "vitest";
import { changeOf, coveredText, figureText, readMetric, spanWords, whyUnknown } from "./figure";

const STABILITY = { metric: "STABILITY", unit: "RATIO", moreIsBetter: true } as const;
const OPEN = { metric: "OPEN_BUGS", unit: "COUNT", moreIsBetter: false } as const;
const ENTERED = { metric: "ENTERED_BUGS", unit: "COUNT", moreIsBetter: null } as const;

describe("values", () => {
  it("stand in their unit", () => {
    expect(figureText(STABILITY, 0.99874)).toBe("99.87 %");
    expect(figureText(STABILITY, 1)).toBe("100 %");
    expect(figureText(STABILITY, 0.999_99)).toBe("> 99.99 %");
    expect(figureText({ metric: "COVERAGE", unit: "RATIO" }, 0.9997)).toBe("> 99.9 %");
    expect(figureText({ metric: "REWORK_RATE", unit: "RATIO" }, 0)).toBe("0 %");
    expect(figureText({ metric: "CHANGE_FAIL_RATE", unit: "RATIO" }, 0.125)).toBe("12.5 %");
    expect(figureText(OPEN, 1204)).toBe("1,204");
    expect(figureText(OPEN, 0)).toBe("0");
    expect(figureText({ metric: "DEPLOYMENTS_PER_DAY", unit: "PER_DAY" }, 0.4286)).toBe("0.43");
    expect(figureText({ metric: "DEPLOYMENTS_PER_DAY", unit: "PER_DAY" }, 12.34)).toBe("12.3");
    expect(figureText({ metric: "LIBYEARS", unit: "YEARS" }, 12.54)).toBe("12.5 years");
  });

  it.each([
    [0, "0 s"],
    [59.4, "59 s"],
    [90, "2 min"],
    [3_590, "1 h"],
    [4_800, "1 h 20 min"],
    [107_000, "30 h"],
    [172_800, "2 days"],
    [363_000, "4.2 days"],
  ])("%d seconds", (seconds, text) => {
    expect(spanWords(seconds)).toBe(text);
  });
});

describe("changes", () => {
  it("say which way, by how much, and whether that is good", () => {
    expect(changeOf(STABILITY, 0.998, 0.9992)).toEqual({ way: "down", text: "−0.12 pt", tone: "worse" });
    expect(changeOf(OPEN, 12, 15)).toEqual({ way: "down", text: "−3", tone: "better" });
    expect(changeOf(ENTERED, 3, 1)).toEqual({ way: "up", text: "+2", tone: "neither" });
  });

  it("of times stand in one unit", () => {
    const recovery = { metric: "RECOVERY_SECONDS", unit: "SECONDS", moreIsBetter: false } as const;
    expect(changeOf(recovery, 2_760, 7_680)?.text).toBe("−82 min");
    expect(changeOf(recovery, 100, 12_340)?.text).toBe("−3.4 h");
    expect(changeOf(recovery, 400_000, 100_000)?.text).toBe("+3.5 days");
    expect(changeOf(recovery, 60, 60)?.text).toBe("unchanged");
  });

  it("are none where a side is unknown, and nothing where they round to nothing", () => {
    expect(changeOf(OPEN, null, 3)).toBeUndefined();
    expect(changeOf(OPEN, 3, null)).toBeUndefined();
    expect(changeOf(STABILITY, 0.99871, 0.99873)?.text).toBe("unchanged");
    expect(changeOf(OPEN, 0, 0)).toEqual({ way: "same", text: "unchanged", tone: "neither" });
  });
});

describe("what is not known", () => {
  it("is told apart from what is nothing", () => {
    expect(whyUnknown(0)).toBe("no source covers this period");
    expect(whyUnknown(null)).toBe("no source covers this period");
    expect(whyUnknown(1)).toBe("nothing to measure");
  });

  it("is told by its share where it is a part", () => {
    expect(coveredText(0.62)).toBe("covers 62 %");
    expect(coveredText(0.999)).toBe("covers 99 %");
    expect(coveredText(0.001)).toBe("covers 1 %");
    expect(coveredText(1)).toBeUndefined();
    expect(coveredText(0)).toBeUndefined();
    expect(coveredText(null)).toBeUndefined();
  });
});

it("reads the metric of an address", () => {
  expect(readMetric("open_bugs", ["STABILITY", "OPEN_BUGS"])).toBe("OPEN_BUGS");
  expect(readMetric("coverage", ["STABILITY", "OPEN_BUGS"])).toBeUndefined();
  expect(readMetric(undefined, ["STABILITY"])).toBeUndefined();
});
