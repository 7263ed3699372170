import { expect, it } from "vitest";
import { compareVersions, layerColour, sortedLayers } from "./versions";

it("versions stand in the order of their numbers, the unfinished before the finished", () => {
  const versions = ["2.0.0", "1.10.0", "1.9.0", "v1.2", "2.0.0-rc.1", "1.9.0+build", "2024.1", "2.0.0-beta"];
  expect(versions.toSorted(compareVersions)).toEqual([
    "v1.2",
    "1.9.0+build",
    "1.9.0",
    "1.10.0",
    "2.0.0-beta",
    "2.0.0-rc.1",
    "2.0.0",
    "2024.1",
  ]);
  for (const version of versions) expect(compareVersions(version, version)).toBe(0);
});

it("layers have all others at the bottom and the newest on top; those that nobody used are left out", () => {
  const layer = (version: string | null, value: number | null) => ({ version, points: [{ lastDay: "2026-01-01", value }] });
  const sorted = sortedLayers([layer("2.0.0", 3), layer(null, 1), layer("1.0.0", 9), layer("0.1.0", 0), layer("0.2.0", null)]);
  expect(sorted.map(({ version }) => version)).toEqual([null, "1.0.0", "2.0.0"]);
  expect(layerColour(null, 0, 3)).toContain("line");
  expect(layerColour("2.0.0", 2, 3)).toContain("100%");
});
