import { describe, expect, it } from "vitest";
import { conditionText, debtText, qualityText, shortCondition } from "./quality";

describe("a condition that is not met", () => {
  it.each([
    [{ metric: "new_coverage", operator: "<", threshold: "80", actual: "61.2" }, "Coverage on new code is 61.2 %, required at least 80 %"],
    [{ metric: "new_violations", operator: ">", threshold: "0", actual: "1234" }, "Issues on new code are 1,234, allowed at most 0"],
    [{ metric: "new_reliability_rating", operator: ">", threshold: "1", actual: "3" }, "Reliability on new code is C, required A"],
    [{ metric: "sqale_rating", operator: ">", threshold: "2", actual: "4.0" }, "Maintainability is D, required B or better"],
    [
      { metric: "new_security_hotspots_reviewed", operator: "<", threshold: "100", actual: null },
      "Reviewed security hotspots on new code is not known, required at least 100 %",
    ],
    [{ metric: "my_own_metric", operator: ">", threshold: "abc", actual: "7" }, "My own metric is 7, allowed at most abc"],
    [{ metric: "sqale_index", operator: ">", threshold: "60", actual: "600" }, "Technical debt is 1 d 2 h, allowed at most 1 h"],
  ])("is said in a sentence", (condition, text) => {
    expect(conditionText(condition)).toBe(text);
  });

  it("is said in few words in a line of changes", () => {
    expect(shortCondition({ metric: "new_coverage", operator: "<", threshold: "80", actual: "61.25" })).toBe(
      "coverage on new code 61.3 % (at least 80 %)",
    );
    expect(shortCondition({ metric: "bugs", operator: ">", threshold: "0" })).toBe("bugs not known (at most 0)");
  });

  it("is not misled by names that every object has", () => {
    expect(conditionText({ metric: "constructor", operator: ">", threshold: "1", actual: "2" })).toBe(
      "Constructor is 2, allowed at most 1",
    );
  });
});

it("debt is told in days of work", () => {
  expect([0, 45, 60, 480, 1_500, 48_000].map(debtText)).toEqual(["0 min", "45 min", "1 h", "1 d", "3 d 1 h", "100 d"]);
});

describe("a value of the facet", () => {
  it("has its unit", () => {
    expect(qualityText("coverage", 0.814)).toBe("81.4 %");
    expect(qualityText("newDuplication", 0.03)).toBe("3.0 %");
    expect(qualityText("gate", "failed")).toBeUndefined();
    expect(qualityText("coverage", null)).toBeUndefined();
    expect(qualityText("debtMinutes", 90)).toBe("1 h");
  });

  it("says the conditions that are not met, whatever else stands among them", () => {
    const value = [{ metric: "new_coverage", operator: "<", threshold: "80", actual: "60", level: "failed" }, null, 7];
    expect(qualityText("failedConditions", value)).toBe("coverage on new code 60 % (at least 80 %)");
    expect(qualityText("failedConditions", [])).toBe("none");
  });
});
