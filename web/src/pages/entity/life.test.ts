import { describe, expect, it } from "vitest";
import { lifeOf, renamedFrom } from "./life";

function step(at: string, before: string | null, after: string | null) {
  return { at, before, after, layer: "OBSERVED" as const, isChange: true };
}

describe("a life", () => {
  it("has a beginning, renamings and an end", () => {
    const life = lifeOf([
      step("2025-01-01T00:00:00Z", null, "service:a"),
      step("2025-02-01T00:00:00Z", "service:a", "service:b"),
      step("2025-03-01T00:00:00Z", "service:b", null),
    ]);
    expect(life.began?.at).toBe("2025-01-01T00:00:00Z");
    expect(life.ended?.at).toBe("2025-03-01T00:00:00Z");
    expect(renamedFrom(life, "Service:A")).toMatchObject({ at: "2025-02-01T00:00:00Z", after: "service:b" });
    expect(renamedFrom(life, "service:c")).toBeUndefined();
  });

  it("has not ended if it came back", () => {
    const life = lifeOf([step("1", null, "service:a"), step("2", "service:a", null), step("3", null, "service:a")]);
    expect(life.ended).toBeUndefined();
    expect(life.began?.at).toBe("1");
  });
});
