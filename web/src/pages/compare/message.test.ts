import { expect, it } from "vitest";
import { type Difference, groupByTeam } from "./groups";
import { messageOf } from "./message";
import { appeared, difference, ended, step } from "./samples";

const frame = { from: "3 Mar 2026", to: "21 Nov 2026", scope: "everything", link: "https://spot.example/compare?from=2026-03-03" };

function said(differences: Difference[], total = differences.length, limit?: number): string {
  return messageOf(groupByTeam(differences), { ...frame, total }, limit);
}

it("a message reads by team and entity, and ends with a link to the same", () => {
  const owner = { entity: "service:ledger", field: "general.owner", before: ["team:payments"], after: ["team:billing"] };
  expect(
    said([difference(owner), step("service:ledger", "npm/express", "4.18.2", "4.19.2"), appeared("service:tools"), ended("team:ops")]),
  ).toBe(
    [
      "What changed from 3 Mar 2026 to 21 Nov 2026, everything: 4 differences",
      "",
      "billing (2)",
      "  service:ledger",
      "    owner  payments -> billing",
      "    npm/express in package-lock.json  4.18.2 -> 4.19.2 (minor)",
      "",
      "ops (1)",
      "  team:ops  ended",
      "",
      "without an owner (1)",
      "  service:tools  appeared",
      "",
      "https://spot.example/compare?from=2026-03-03",
    ].join("\n"),
  );
});

it("a long entity says how much more there is", () => {
  const many = Array.from({ length: 10 }, (_, place) => step("service:a", `npm/p${place}`, "1.0.0", "2.0.0"));
  expect(said(many)).toContain("    and 4 more\n");
  expect(said(many)).not.toContain("more difference");
});

it("a long comparison is cut, and nothing is lost without a word", () => {
  const many = Array.from({ length: 500 }, (_, place) => difference({ entity: `service:s${place}`, owner: `team:t${place % 7}` }));
  const lines = said(many, 20_000).split("\n");
  expect(lines.length).toBeLessThan(120);
  expect(lines.at(-3)).toBe("and 19,960 more differences");
});

it("every difference is either printed or counted", () => {
  for (let length = 1; length < 120; length += 7) {
    for (let limit = 1; limit < 60; limit += 3) {
      const differences = Array.from({ length }, (_, place) => difference({ entity: `service:s${place % 9}`, field: `general.f${place}` }));
      const text = said(differences, length, limit);
      const printed = text.match(/ -> /g)?.length ?? 0;
      const more = [...text.matchAll(/and ([\d,]+) more/g)].reduce((sum, [, number]) => sum + Number(number?.replace(",", "")), 0);
      expect(printed + more, `${length} differences, ${limit} lines`).toBe(length);
      expect(printed).toBeLessThanOrEqual(limit);
    }
  }
});

it("values of several lines become one line", () => {
  const text = said([
    difference({ entity: "service:a", field: "general.description", before: null, after: `one\n\ntwo ${"x".repeat(400)}` }),
  ]);
  expect(text).toContain("description  none -> one two xxx");
  expect(Math.max(...text.split("\n").map((line) => line.length))).toBeLessThan(180);
});
