import { expect, it } from "vitest";
import { catalogOf, isRecorded, onlyText, readAsked, readFigure, readMoving, readOf, readOnly, writeOpen, writePeriod } from "./address";

const DAY = "2026-11-22";

it("shows the last complete week, unless the address names a period", () => {
  expect(readAsked(undefined, DAY).period.text).toBe("2026-W46");
  expect(readAsked("2026-Q4", DAY)).toMatchObject({ period: { text: "2026-Q4" }, problem: undefined });
  const wrong = readAsked("2026-W60", DAY);
  expect(wrong.period.text).toBe("2026-W46");
  expect(wrong.problem).toContain("2026-W60");
});

it("leaves the usual period out of the address", () => {
  expect(writePeriod(readAsked("2026-W46", DAY).period, DAY)).toBeUndefined();
  expect(writePeriod(readAsked("2026-W45", DAY).period, DAY)).toBe("2026-W45");
});

it("reads whose board it is", () => {
  expect(readOf(undefined)).toBeUndefined();
  expect(readOf("service:checkout")).toBe("service:checkout");
  expect(readOf("payments")).toBe("team:payments");
});

it("reads which figure is meant", () => {
  expect(readMoving(undefined)).toBe("OPEN_BUGS");
  expect(readMoving("stability")).toBe("STABILITY");
  expect(readMoving("coverage")).toBe("OPEN_BUGS");
  expect(readFigure("critical_incidents")).toBe("CRITICAL_INCIDENTS");
  expect(readFigure("coverage")).toBeUndefined();
  expect(isRecorded("OPEN_BUGS")).toBe(true);
  expect(isRecorded("COVERAGE")).toBe(false);
});

it("reads which records of a figure are meant, where they can be told apart", () => {
  expect(writeOpen("OPEN_BUGS", { priority: "HIGH" })).toEqual({ figure: "open_bugs", priority: "high" });
  expect(writeOpen("OPEN_BUGS", { priority: "LOW", isDueSoon: true })).toEqual({ figure: "open_bugs", priority: "low", due: "soon" });
  expect(readOnly({ priority: "low", due: "soon" }, "OPEN_BUGS")).toEqual({ priority: "LOW", isDueSoon: true });
  expect(readOnly({ due: "soon" }, "CREATED_BUGS").isDueSoon).toBeUndefined();
  expect(onlyText({ priority: "LOW", isDueSoon: true })).toBe("of low priority, due soon");
  expect(writeOpen("OPEN_BUGS", { priority: null }).priority).toBe("none");
  expect(readOnly({ priority: "high" }, "OPEN_BUGS")).toEqual({ priority: "HIGH", feature: undefined });
  expect(readOnly({ priority: "none" }, "BUGS_IN_BREACH").priority).toBeNull();
  expect(readOnly({ priority: "low", feature: "Payment" }, "SUPPORT_CASES")).toEqual({ priority: "LOW", feature: "Payment" });
  expect(readOnly({ priority: "urgent", feature: "Payment" }, "OPEN_BUGS")).toEqual({ priority: undefined, feature: undefined });
  expect(readOnly({ priority: "high", feature: "Payment" }, "INCIDENTS")).toEqual({ priority: undefined, feature: undefined });
  expect(onlyText({})).toBeUndefined();
  expect(onlyText({ priority: null })).toBe("without a priority");
  expect(onlyText({ priority: "HIGH", feature: "Payment" })).toBe("of high priority, about Payment");
});

it("leads from code health to the services that it is of", () => {
  expect(catalogOf("UNOWNED_SERVICES", null)).toEqual({ q: "owner:none", sort: undefined });
  expect(catalogOf("UNOWNED_SERVICES", "team:payments")).toBeUndefined();
  expect(catalogOf("UNOWNED_SERVICES", "system:shop")?.q).toBe("owner:none system:shop");
  expect(catalogOf("GATE_PASS_SHARE", "team:payments")?.q).toBe("gate:failed owner:payments");
  expect(catalogOf("COVERAGE", "domain:retail")).toEqual({ q: "domain:retail", sort: "coverage" });
  expect(catalogOf("COVERAGE", "service:checkout")).toBeUndefined();
  expect(catalogOf("OPEN_BUGS", null)).toBeUndefined();
});
