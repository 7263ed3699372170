import { describe, expect, it } from "vitest";
import { backoff, type Live, type Progress, runningOf, secondsLeft, shareOf, toldBy, withProgress } from "./progress";

const reading: Progress = { source: "git", started: "2026-11-21T10:00:00Z", done: 3, total: 12, scope: "acme/billing", backfill: false };
const next = (data: unknown): { name: string; data: string } => ({ name: "next", data: JSON.stringify(data) });

describe("an event", () => {
  it("brings progress", () => {
    expect(toldBy(next({ data: { collection: reading } }))).toEqual({ what: "progress", progress: reading });
  });

  it("ends the stream", () => {
    expect(toldBy({ name: "complete", data: "" })).toEqual({ what: "end" });
  });

  it("refuses", () => {
    expect(toldBy(next({ errors: [{ message: "no such field" }] }))).toEqual({ what: "refused", message: "no such field" });
    expect(toldBy(next({ data: null, errors: [{}] })).what).toBe("refused");
  });

  it.each([
    { name: "next", data: "{" },
    { name: "next", data: "null" },
    { name: "next", data: '{"data":null}' },
    { name: "next", data: '{"data":{"somethingNew":1}}' },
    { name: "ping", data: '{"data":{"collection":{}}}' },
  ])("that cannot be read says nothing: %o", (event) => {
    expect(toldBy(event)).toEqual({ what: "nothing" });
  });
});

describe("what is known live", () => {
  it("goes before what was asked", () => {
    const live = withProgress(new Map(), { ...reading, done: 7 });
    expect(runningOf("git", live, reading)?.done).toBe(7);
    expect(runningOf("other", live, reading)?.done).toBe(3);
  });

  it("knows when a source stopped, though the answer to the question is older", () => {
    const live = withProgress(withProgress(new Map(), reading), { ...reading, started: null });
    expect(runningOf("git", live, reading)).toBeUndefined();
  });

  it("keeps sources apart, and leaves what was known before as it was", () => {
    const first: Live = withProgress(new Map(), reading);
    const second = withProgress(first, { ...reading, source: "forge" });
    expect([...first.keys()]).toEqual(["git"]);
    expect([...second.keys()]).toEqual(["git", "forge"]);
  });

  it("takes an answer without a start for one at rest", () => {
    expect(runningOf("git", new Map(), { ...reading, started: null })).toBeUndefined();
    expect(runningOf("git", new Map(), null)).toBeUndefined();
  });
});

it("a broken connection is tried again soon, then more rarely, but at least twice a minute", () => {
  expect([1, 2, 3, 4, 5, 6, 7, 100].map(backoff)).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000]);
});

it("a share is known only of a known whole", () => {
  expect(shareOf(reading)).toBe(0.25);
  expect(shareOf({ done: 3, total: 0 })).toBeUndefined();
  expect(shareOf({ done: 13, total: 12 })).toBe(1);
});

it("what is left is told from what was done, when there is enough to tell from", () => {
  expect(secondsLeft(reading, "2026-11-21T10:01:00Z")).toBe(180);
  expect(secondsLeft(reading, "2026-11-21T10:00:05Z")).toBeUndefined();
  expect(secondsLeft({ ...reading, done: 0 }, "2026-11-21T10:01:00Z")).toBeUndefined();
  expect(secondsLeft({ ...reading, done: 12 }, "2026-11-21T10:01:00Z")).toBeUndefined();
  expect(secondsLeft({ ...reading, total: 0 }, "2026-11-21T10:01:00Z")).toBeUndefined();
});
