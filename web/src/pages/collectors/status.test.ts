import { describe, expect, it } from "vitest";
import type { Progress } from "./progress";
import {
  countDays,
  intervalWords,
  limitedUntil,
  percent,
  placeOf,
  problemsText,
  type Run,
  type Source,
  sentencesOn,
  standingOf,
  summaryOf,
  titleOf,
  togetherMissing,
  togetherProblems,
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

it("is called as people call it", () => {
  expect(titleOf("sonarqube")?.title).toBe("SonarQube");
  expect([titleOf("constructor"), titleOf("other"), titleOf(null)]).toEqual([undefined, undefined, undefined]);
});

describe("a limit", () => {
  const problem = (message: string) => ({ scope: "acme", path: null, line: null, message });
  const limited = {
    ...run,
    outcome: "PARTIAL" as const,
    problems: [problem("GitHub's limit is reached until 2026-11-21T10:40:00Z: wait")],
  };

  it("is told with when it ends, as long as it has not", () => {
    expect(limitedUntil(limited)).toBe("2026-11-21T10:40:00Z");
    const stands = (now: string) => standingOf({ ...source, lastRun: limited }, undefined, now).word;
    expect([stands("2026-11-21T10:30:00Z"), stands("2026-11-21T10:50:00Z")]).toEqual(["Limited for now", "Partly read"]);
    expect(sentencesOn({ ...source, lastRun: limited }).join(" ")).toContain("answers again from 10:40 UTC on 21 Nov 2026");
  });

  it("is the latest of several, and not read out of anything else", () => {
    const two = [problem("limit reached until 2026-11-21T10:40:00Z"), problem("the limit lasts until 2026-11-21T11:00:00Z")];
    expect(limitedUntil({ problems: two })).toBe("2026-11-21T11:00:00Z");
    expect(limitedUntil({ problems: [problem("kept until 2026-11-21T11:00:00Z")] })).toBeUndefined();
    expect(limitedUntil({ problems: [problem("npm/a: limited until 2026-11-21T12:00:00.5Z")] })).toBe("2026-11-21T12:00:00.5Z");
    expect(limitedUntil(null)).toBeUndefined();
  });
});

describe("problems", () => {
  it("that are alike stand together, a few do not", () => {
    const problem = (message: string, scope = "acme") => ({ scope, path: null, line: null, message });
    const problems = [
      problem("npm/a: no such package (404)"),
      problem("expected a name"),
      ...Array.from({ length: 5 }, (_, place) => problem(`npm/b${place}: no such package (404)`)),
      problem("expected a name"),
    ];
    const together = togetherProblems(problems);
    expect(together.map(({ problem: { message }, others }) => [message, others.length])).toEqual([
      ["npm/a: no such package (404)", 5],
      ["expected a name", 0],
      ["expected a name", 0],
    ]);
    expect(together.reduce((sum, { others }) => sum + 1 + others.length, 0)).toBe(problems.length);
  });
});

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
