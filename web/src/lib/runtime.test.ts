import { describe, expect, it } from "vitest";
import { conditionOf, conditionWord, cores, fieldsOf, mebibytes, type Pods, podsText, worst } from "./runtime";

const PODS: Pods = { ready: 3, desired: 3, kind: "Deployment", suspended: false, conditions: [] };

describe("a workload", () => {
  it("is good only if all its pods are ready and nothing is wrong", () => {
    expect(conditionOf(PODS)).toBe("good");
    expect(conditionOf({ ...PODS, ready: 2 })).toBe("warning");
    expect(conditionOf({ ...PODS, ready: 0 })).toBe("bad");
    expect(conditionOf({ ...PODS, conditions: [{ type: "Progressing", reason: "ProgressDeadlineExceeded" }] })).toBe("warning");
  });

  it("of which nobody says anything is unknown, not good", () => {
    expect(conditionOf({ ...PODS, ready: null })).toBe("unknown");
    expect(conditionOf({ ...PODS, ready: null, desired: null })).toBe("unknown");
  });

  it("rests if it is suspended or scaled to none", () => {
    expect([conditionOf({ ...PODS, desired: 0, ready: 0 }), conditionWord({ ...PODS, desired: 0, ready: 0 })]).toEqual([
      "gone",
      "scaled to none",
    ]);
    expect(conditionWord({ ...PODS, kind: "CronJob", suspended: true })).toBe("suspended");
  });

  it("says the reason of what is wrong", () => {
    expect(conditionWord({ ...PODS, ready: 1, conditions: [{ type: "Progressing", reason: "ProgressDeadlineExceeded" }] })).toBe(
      "ProgressDeadlineExceeded",
    );
  });
});

describe("figures", () => {
  it("are short", () => {
    expect([podsText({ ready: 1, desired: 3 }), podsText({ ready: null, desired: 3 }), podsText({ ready: null, desired: null })]).toEqual([
      "1/3",
      "?/3",
      "–",
    ]);
    expect([cores(250), cores(1_500), mebibytes(268_435_456), mebibytes(2_147_483_648)]).toEqual([
      "250 m",
      "1.5 cores",
      "256 MiB",
      "2 GiB",
    ]);
    expect([worst(["good", "bad"]), worst(["good", "unknown"]), worst([])]).toEqual(["bad", "unknown", "unknown"]);
  });
});

describe("the fields of a facet", () => {
  it("are single, or entries, in whichever way they are stored", () => {
    const fields = fieldsOf([
      { field: "version", value: "v1.33" },
      { field: "nodes[eu-1a]", value: 4 },
      { field: "pods", value: { a: 1 } },
    ]);
    expect(fields.text("version")).toBe("v1.33");
    expect(fields.entries("nodes")).toEqual([["eu-1a", 4]]);
    expect(fields.entries("pods")).toEqual([["a", 1]]);
    expect(fields.text("nothing")).toBeUndefined();
  });
});
