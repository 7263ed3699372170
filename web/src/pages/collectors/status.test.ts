import { describe, expect, it } from "vitest";
import type { Progress } from "./progress";
import {
  countDays,
  intervalWords,
  percent,
  placeOf,
  problemsText,
  type Run,
  type Source,
  sentencesOn,
  standingOf,
  summaryOf,
  togetherMissing,
} from "./status";

const run: Run = {
  started: "2026-11-21T10:00:00Z",
  ended: "2026-11-21T10:00:05Z",
  outcome: "SUCCEEDED",
  trigger: "SCHEDULE",
  statements: 10,
  written: 1,
  requests: 3,
  durationSeconds: 5,
  completeness: 1,
  problemCount: 0,
  problems: [],
  missing: [],
};
const source: Source = {
  source: "git",
  collector: "git",
  configured: true,
  intervalSeconds: 3600,
  late: false,
  nextRun: null,
  running: null,
  lastSuccess: { ended: run.ended },
  lastRun: run,
};
const running: Progress = { source: "git", started: run.started, done: 1, total: 2, scope: "", backfill: true };

describe("a source stands", () => {
  it.each([
    [source, undefined, "good", "Succeeded"],
    [source, running, "running", "Filling in the past"],
    [{ ...source, configured: false }, undefined, "gone", "Not configured"],
    [{ ...source, lastRun: null }, undefined, "unknown", "Has not run yet"],
    [{ ...source, late: true }, undefined, "stale", "Late"],
    [{ ...source, late: true, lastRun: { ...run, outcome: "FAILED" } }, undefined, "bad", "Failed"],
    [{ ...source, lastRun: { ...run, outcome: "PARTIAL" } }, undefined, "warning", "Partly read"],
  ] as [Source, Progress | undefined, string, string][])("%#", (given, progress, name, word) => {
    expect(standingOf(given, progress)).toEqual({ name, word });
  });

  it("well in few words, badly in enough", () => {
    expect(sentencesOn(source)).toEqual([]);
    const failed = sentencesOn({ ...source, late: true, lastSuccess: null, lastRun: { ...run, outcome: "FAILED" } });
    expect(failed).toHaveLength(3);
    expect(failed[0]).toContain("Everything that was known stays");
    expect(sentencesOn({ ...source, configured: false, late: true })).toHaveLength(1);
  });
});

it("the page says first whether anything needs a look", () => {
  expect(summaryOf([source])).toBe("1 source: all well.");
  const forge = { ...source, source: "forge", late: true };
  expect(summaryOf([source, forge])).toBe("2 sources: forge needs a look.");
  const held = { ...source, lastRun: { ...run, missing: [{ resource: "a", since: run.ended, braked: true }] } };
  expect(summaryOf([held, forge])).toBe("2 sources: forge needs a look; the brake holds ends of git.");
  expect(summaryOf([held])).toBe("1 source: the brake holds ends of git.");
  expect(summaryOf([{ ...source, lastRun: null }])).toBe("1 source: git not read yet.");
  expect(summaryOf([{ ...source, lastRun: null }], () => running)).toBe("1 source: git is being read.");
});

it.each([
  [null, undefined],
  [0, undefined],
  [3600, "every 1 h"],
  [86_400, "every 1 day"],
  [172_800, "every 2 days"],
  [900, "every 15 min"],
  [90, "every 90 s"],
])("an interval of %s seconds is %s", (seconds, words) => {
  expect(intervalWords(seconds)).toBe(words);
});

it("only what is complete is called 100 %", () => {
  expect([1, 0.99999, 0.995, 0.5, 0.034, 0].map(percent)).toEqual(["100 %", "99.9 %", "99.5 %", "50 %", "3.4 %", "0.0 %"]);
});

it("problems are printed as compilers print them", () => {
  const problems = [
    { scope: "acme/billing", path: "catalog-info.yaml", line: 3, message: "kind is missing" },
    { scope: "acme/ledger", path: null, line: null, message: "not a repository" },
  ];
  expect(problemsText(problems)).toBe("acme/billing catalog-info.yaml:3: kind is missing\nacme/ledger: not a repository");
  expect(placeOf({ scope: "a", path: "b", line: null })).toBe("a b");
});

it("a day that was seen counts as seen", () => {
  const day = (observed: boolean, backfilled: boolean) => ({ observed, backfilled });
  expect(countDays([day(true, true), day(true, false), day(false, true), day(false, false)])).toEqual({
    observed: 2,
    backfilled: 1,
    carried: 1,
  });
});

it("what is missing since the same run stands together, what the brake holds first", () => {
  const missing = [
    { resource: "a", since: "2026-11-20T00:00:00Z", braked: false },
    { resource: "b", since: "2026-11-21T00:00:00Z", braked: false },
    { resource: "c", since: "2026-11-01T00:00:00Z", braked: true },
    { resource: "d", since: "2026-11-20T00:00:00Z", braked: false },
  ];
  expect(togetherMissing(missing).map(({ resources }) => resources)).toEqual([["c"], ["b"], ["a", "d"]]);
});
