import { describe, expect, it } from "vitest";
import type { EventPartsFragment } from "../api/generated";
import { eventInWords, eventText, isEvent, lasted, placeText, stateOf } from "./event";

const BARE: EventPartsFragment = {
  eventKind: "INCIDENT",
  id: "1",
  at: "2026-03-02T10:00:00Z",
  ended: null,
  seconds: 90,
  state: "open",
  source: "github",
  resource: "acme/billing",
  url: null,
  entity: null,
  deployment: null,
  rollout: null,
  pullRequest: null,
  pipelineRun: null,
  incident: null,
  bug: null,
  supportCase: null,
  action: null,
};

const DEPLOYMENT: EventPartsFragment = {
  ...BARE,
  eventKind: "DEPLOYMENT",
  state: "failure",
  deployment: {
    version: null,
    commit: "0123456789abcdef",
    environment: "production",
    region: "eu",
    by: "ada",
    rollback: true,
    pullRequest: 12,
    log: null,
    description: null,
  },
};

describe("an event in words", () => {
  it("of a deployment says version or commit, place, and that it went back", () => {
    expect(eventInWords(DEPLOYMENT)).toMatchObject({
      word: "Deployment",
      what: "01234567",
      place: "production · eu",
      rollback: true,
      tone: "bad",
      state: "failed",
      by: "ada",
    });
    expect(eventText(DEPLOYMENT)).toBe("Deployment 01234567 production · eu rollback failed by ada");
  });

  it("of a pull request says number and title", () => {
    const pullRequest = { number: 7, title: "Fix it", author: "bo", reviewers: ["cy"], base: "main", additions: 1, deletions: 2 };
    expect(eventInWords({ ...BARE, eventKind: "PULL_REQUEST", state: "merged", pullRequest })).toMatchObject({
      what: "#7 Fix it",
      tone: "good",
      by: "bo",
      note: "reviewed by cy",
    });
  });

  it("of an incident, a bug or a support case says what it is called and how bad it is", () => {
    const incident = { title: "Checkout is down", severity: "CRITICAL", commander: "ada" } as const;
    expect(eventInWords({ ...BARE, incident })).toMatchObject({
      what: "Checkout is down",
      place: "critical",
      tone: "bad",
      note: "led by ada",
    });
    expect(eventInWords({ ...BARE, incident, state: "resolved" })).toMatchObject({ tone: "good", state: "resolved" });
    const bug = { key: "LEDGER-12", title: "Balance is off", priority: "HIGH", assignee: null } as const;
    expect(eventText({ ...BARE, eventKind: "BUG", bug })).toBe("Bug LEDGER-12 Balance is off high open");
    const supportCase = { key: "812", title: "Cannot pay", priority: null };
    expect(eventInWords({ ...BARE, eventKind: "SUPPORT_CASE", supportCase })).toMatchObject({ what: "812 Cannot pay", place: undefined });
  });

  it("without a body is named as its source names it", () => {
    expect(eventInWords(BARE)).toMatchObject({ what: "acme/billing", word: "Incident", tone: "changed" });
  });
});

describe("a state", () => {
  it("that is not known is never good", () => {
    expect(stateOf("brand_new")).toEqual(["unknown", "brand new"]);
    expect(stateOf(null)).toEqual(["unknown", "state not known"]);
  });
});

describe("small texts", () => {
  it("leave out what is not told", () => {
    expect(placeText("production", null)).toBe("production");
    expect(placeText(null, undefined)).toBeUndefined();
    expect([lasted(12), lasted(200), lasted(7_300), lasted(400_000)]).toEqual(["12 s", "3 min", "2 h", "5 days"]);
  });

  it("tell events and changes apart", () => {
    expect([isEvent(BARE), isEvent({ facet: "QUALITY" })]).toEqual([true, false]);
  });
});
