import { expect, it } from "vitest";
import type { BoardRecordFragment } from "../../api/generated";
import { around, recordTitle, recordWords } from "./record";

const NOW = "2026-11-22T12:00:00Z";

const PLAIN: BoardRecordFragment = {
  id: "1",
  kind: "BUG",
  at: "2026-11-10T08:00:00Z",
  ended: null,
  seconds: 1_051_200,
  state: "open",
  source: "jira",
  resource: "10001",
  url: null,
  entity: null,
  incident: null,
  bug: null,
  supportCase: null,
  deployment: null,
  rollout: null,
};

const BUG = { key: "LEDGER-12", title: "Balance is off", priority: "HIGH", rawPriority: "P2", status: "Doing", assignee: "Ada" } as const;
const INCIDENT = { title: "Checkout is down", severity: "CRITICAL", rawSeverity: "SEV1", impact: null } as const;

it("says when a bug was due, and how late it is", () => {
  const late = recordWords({ ...PLAIN, bug: { ...BUG, due: "2026-11-11T08:00:00Z" } }, NOW, "UTC");
  expect(late).toMatchObject({ key: "LEDGER-12", mark: { name: "warning", word: "high" }, late: "due 11 Nov 2026, 11 days late" });
  expect(late.facts).toEqual(["open for 12.2 days", "Doing", "with Ada"]);
  const soon = recordWords({ ...PLAIN, bug: { ...BUG, due: "2026-11-30T08:00:00Z" } }, NOW, "UTC");
  expect(soon.late).toBeUndefined();
  expect(soon.facts).toContain("due 30 Nov 2026");
  const hours = recordWords({ ...PLAIN, bug: { ...BUG, due: "2026-11-22T09:30:00Z" } }, NOW, "UTC");
  expect(hours.late).toBe("due 22 Nov 2026, 2 h 30 min late");
});

it("says how long an incident took, and who looked when", () => {
  const over = { ...PLAIN, ended: "2026-11-10T09:00:00Z", seconds: 3_600 };
  const words = recordWords(
    { ...over, incident: { ...INCIDENT, features: ["payment"], acknowledged: "2026-11-10T08:04:00Z" } },
    NOW,
    "UTC",
  );
  expect(words.mark).toEqual({ name: "bad", word: "critical" });
  expect(words.facts).toEqual(["took 1 h", "acknowledged after 4 min", "affected payment"]);
  const open = recordWords({ ...PLAIN, incident: { ...INCIDENT, severity: null, acknowledged: null, features: [] } }, NOW, "UTC");
  expect(open.mark).toEqual({ name: "unknown", word: "SEV1" });
  expect(open.facts).toEqual(["goes on, 12.2 days so far"]);
});

it("says what was deployed where, by whom, and that somebody went back", () => {
  const deployment = {
    version: null,
    commit: "71c674190a2b",
    environment: "production",
    region: "eu-central-1",
    rollback: false,
    by: "ada",
  };
  const done = { ...PLAIN, kind: "DEPLOYMENT", state: "success", ended: "2026-11-10T08:01:00Z", seconds: 60 } as const;
  expect(recordWords({ ...done, deployment }, NOW, "UTC")).toMatchObject({
    title: "71c67419",
    mark: { name: "good", word: "succeeded" },
    facts: ["production · eu-central-1", "by ada", "took 1 min"],
  });
  expect(recordWords({ ...done, deployment: { ...deployment, rollback: true } }, NOW, "UTC").mark.word).toBe("rollback");
  const rollout = { version: "1.4.0", revision: 7, environment: null, region: null, cluster: "prod-1", rollback: false };
  expect(recordWords({ ...done, rollout }, NOW, "UTC")).toMatchObject({ title: "1.4.0", facts: ["prod-1", "took 1 min"] });
});

it("names what has no words of its own by its resource", () => {
  expect(recordWords(PLAIN, NOW, "UTC").title).toBe("10001");
  expect(recordTitle({ ...PLAIN, bug: { ...BUG, due: null } })).toBe("LEDGER-12 Balance is off");
});

it("shows the days around an incident, and none that have not come", () => {
  expect(around({ at: "2026-11-10T23:30:00Z", ended: "2026-11-11T01:00:00Z" }, "2026-11-12", "UTC")).toEqual({
    from: "2026-10-31",
    to: "2026-11-12",
    day: "2026-11-10..2026-11-11",
  });
  expect(around({ at: "2026-11-10T23:30:00Z", ended: null }, "2026-11-22", "Europe/Berlin").day).toBe("2026-11-11");
});
