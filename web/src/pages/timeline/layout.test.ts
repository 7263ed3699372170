import { expect, it } from "vitest";
import { laneAt, sizesOf } from "./layout";

it("a lane is found by the height that it is drawn at", () => {
  const sizes = sizesOf([{ kind: "values" }, { kind: "counts" }, { kind: "counts" }], false, 400);
  sizes.tops.slice(0, -1).forEach((top, place) => {
    expect(laneAt(sizes, top)).toBe(place);
    expect(laneAt(sizes, top + 20)).toBe(place);
  });
  expect(laneAt(sizes, -1)).toBeUndefined();
  expect(laneAt(sizes, sizes.height)).toBeUndefined();
});

it("only so many pixels of many lanes are seen at once", () => {
  const many = sizesOf(
    Array.from({ length: 50 }, () => ({ kind: "counts" as const })),
    false,
    330,
  );
  expect(many.view).toBe(330);
  expect(many.height).toBeGreaterThan(1500);
});

it("without lanes there is still an axis to move and zoom", () => {
  const none = sizesOf([], false, 330);
  expect(none.view).toBeGreaterThan(0);
  expect(laneAt(none, 10)).toBeUndefined();
});
