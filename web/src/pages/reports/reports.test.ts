import { expect, it } from "vitest";
import type { SentFragment } from "../../api/generated";
import { markOf, until, usualReport, weeksOf } from "./reports";

function sent(week: string, channel: string, more: Partial<SentFragment> = {}): SentFragment {
  const { kind = "REPORT", number = 1 } = more;
  return {
    id: `${week}/${channel}/${kind.toLowerCase()}/${number}`,
    week,
    channel,
    target: "mattermost",
    of: null,
    kind,
    number,
    state: "SENT",
    at: "2026-11-16T08:00:00Z",
    attempts: 1,
    detail: "posted",
    by: null,
    ...more,
  };
}

it("lists weeks from the newest on, with a line for each channel", () => {
  const weeks = weeksOf([sent("2026-W45", "all"), sent("2026-W46", "payments", { of: "team:payments" }), sent("2026-W46", "all")]);
  expect(weeks.map(({ text, rows }) => [text, rows.map(({ channel }) => channel)])).toEqual([
    ["2026-W46", ["all", "payments"]],
    ["2026-W45", ["all"]],
  ]);
  expect(weeks[0]?.period?.first).toBe("2026-11-09");
});

it("calls held back what only a notice went out of, and not any more once the report is there", () => {
  const notice = sent("2026-W46", "all", { kind: "NOTICE" });
  expect(weeksOf([notice])[0]?.rows[0]).toMatchObject({ standing: "HELD_BACK", shown: notice });
  const failed = sent("2026-W46", "all", { state: "FAILED" });
  expect(weeksOf([notice, failed])[0]?.rows[0]).toMatchObject({ standing: "FAILED", shown: failed });
});

it("shows the newest of what was sent more than once, and keeps the others", () => {
  const again = sent("2026-W46", "all", { number: 2, state: "UNCLEAR" });
  const [row] = weeksOf([sent("2026-W46", "all"), again])[0]?.rows ?? [];
  expect(row).toMatchObject({ standing: "UNCLEAR", shown: again });
  expect(row?.all.map(({ number }) => number)).toEqual([2, 1]);
});

it("opens the newest report that readers have, of the organisation first", () => {
  const failed = sent("2026-W46", "all", { state: "FAILED" });
  const team = sent("2026-W45", "payments", { of: "team:payments" });
  const everybody = sent("2026-W45", "quality");
  expect(usualReport(weeksOf([failed, team, everybody]))).toEqual(everybody);
  expect(usualReport(weeksOf([failed, team]))).toEqual(team);
  expect(usualReport(weeksOf([failed]))).toEqual(failed);
  expect(usualReport([])).toBeUndefined();
});

it("knows on a past day only what was there", () => {
  const late = sent("2026-W46", "all", { at: "2026-11-16T23:30:00Z" });
  expect(until([late], "2026-11-16", "UTC")).toEqual([late]);
  expect(until([late], "2026-11-16", "Europe/Berlin")).toEqual([]);
});

it("has a word and a shape of its own for each standing", () => {
  const all = (["SENT", "HELD_BACK", "SENDING", "UNCLEAR", "FAILED"] as const).map(markOf);
  expect(new Set(all.map(({ word }) => word)).size).toBe(5);
  expect(new Set(all.map(({ name }) => name)).size).toBe(5);
});
