import { describe, expect, it } from "vitest";
import { actionsOf, firstWish, missingOf, orderText, plannedValue, reasonProblem } from "./act";

const ledger = {
  kind: "Deployment",
  desired: 3,
  revisions: [
    { number: 14, current: true },
    { number: 12, current: false },
    { number: 13, current: false },
  ],
  pods: [{ name: "ledger-a" }, { name: "ledger-b" }],
};

describe("what can be done", () => {
  it("follows from the kind and from what there is", () => {
    expect(actionsOf(ledger)).toEqual(["RESTART", "SCALE", "ROLL_BACK", "DELETE_POD"]);
    expect(actionsOf({ ...ledger, kind: "DaemonSet" })).toEqual(["RESTART", "ROLL_BACK", "DELETE_POD"]);
    expect(actionsOf({ ...ledger, revisions: [{ number: 1, current: true }], pods: [] })).toEqual(["RESTART", "SCALE"]);
    for (const kind of ["CronJob", "Job", null]) expect(actionsOf({ ...ledger, kind })).toEqual([]);
  });

  it("leaves out nothing where lists are not known yet", () => {
    expect(actionsOf({ kind: "StatefulSet" })).toEqual(["RESTART", "SCALE", "ROLL_BACK", "DELETE_POD"]);
  });
});

describe("a wish", () => {
  it("begins with what is most likely", () => {
    expect(firstWish("RESTART", ledger)).toEqual({ action: "RESTART" });
    expect(firstWish("SCALE", ledger)).toEqual({ action: "SCALE", replicas: 3 });
    expect(firstWish("ROLL_BACK", ledger)).toEqual({ action: "ROLL_BACK", revision: 13 });
    expect(firstWish("DELETE_POD", ledger)).toEqual({ action: "DELETE_POD", pod: "ledger-a" });
    expect(firstWish("DELETE_POD", ledger, "ledger-b")).toEqual({ action: "DELETE_POD", pod: "ledger-b" });
  });

  it("says what is missing before it can be planned", () => {
    expect(missingOf({ action: "SCALE", replicas: 3 }, ledger)).toBe("It has 3 now. Say how many it shall have.");
    expect(missingOf({ action: "SCALE", replicas: 1.5 }, ledger)).toBe("Say how many pods it shall have.");
    expect(missingOf({ action: "SCALE" }, ledger)).toBe("Say how many pods it shall have.");
    expect(missingOf({ action: "SCALE", replicas: 0 }, ledger)).toBeUndefined();
    expect(missingOf({ action: "DELETE_POD" }, ledger)).toBe("Choose a pod.");
    expect(missingOf({ action: "ROLL_BACK" }, ledger)).toBeUndefined();
  });

  it("is told by the button that fulfils it", () => {
    expect(orderText({ action: "RESTART" }, "ledger")).toBe("Restart ledger");
    expect(orderText({ action: "SCALE", replicas: 5 }, "ledger")).toBe("Scale ledger to 5");
    expect(orderText({ action: "ROLL_BACK", revision: 13 }, "ledger")).toBe("Roll back ledger to 13");
    expect(orderText({ action: "DELETE_POD", pod: "ledger-a" }, "ledger")).toBe("Delete ledger-a");
  });
});

describe("a reason", () => {
  it("has 10 to 500 letters, spaces around it not counted", () => {
    expect(reasonProblem("   ")).toMatch(/Say why/);
    expect(reasonProblem("too short ")).toMatch(/10 letters at least/);
    expect(reasonProblem("pods leak 🚰")).toBeUndefined();
    expect(reasonProblem("🚰".repeat(500))).toBeUndefined();
    expect(reasonProblem("x".repeat(501))).toBe("That is 501 letters; 500 at most.");
  });
});

describe("a planned value", () => {
  it("is read as a person reads it", () => {
    expect(plannedValue(null)).toBeUndefined();
    expect(plannedValue('"2026-11-22"')).toBe("2026-11-22");
    expect(plannedValue("3")).toBe("3");
    expect(plannedValue('{"a":[1]}')).toBe('{"a":[1]}');
    expect(plannedValue("not JSON")).toBe("not JSON");
  });
});
