import { describe, expect, it } from "vitest";
import { basisText, sayings } from "./cause";

const incident = { source: "pagerduty" };
const word = { by: "Ada Lovelace", at: "2026-11-03T23:30:00Z", reason: null, deployment: null };

describe("by what a deployment is the cause", () => {
  it("is said in plain words", () => {
    const told = { isCause: true, secondsBefore: 720, word: null, incident };
    expect(basisText({ ...told, basis: "RULE" }, "UTC")).toBe("By rule: 12 min before");
    expect(basisText({ ...told, basis: "SOURCE" }, "UTC")).toBe("pagerduty says so, 12 min before");
    expect(basisText({ ...told, basis: "PERSON", word }, "UTC")).toBe("Ada Lovelace said so on 3 Nov 2026, 12 min before");
  });

  it("leaves out how long before what came later", () => {
    expect(basisText({ isCause: true, basis: "PERSON", secondsBefore: null, word, incident }, "Asia/Tokyo")).toBe(
      "Ada Lovelace said so on 4 Nov 2026",
    );
  });

  it("is told too of what a person has rejected", () => {
    expect(basisText({ isCause: false, basis: "PERSON", secondsBefore: 720, word, incident }, "UTC")).toBe(
      "Ada Lovelace said on 3 Nov 2026 that it was not",
    );
  });
});

describe("what a person may say", () => {
  it("is the opposite of what is known, or to take back what was said", () => {
    expect(sayings({ isCause: true, word: null })).toEqual(["not"]);
    expect(sayings({ isCause: false, word: null })).toEqual(["cause"]);
    expect(sayings({ isCause: true, word })).toEqual(["undo"]);
    expect(sayings({ isCause: false, word })).toEqual(["undo"]);
  });
});
