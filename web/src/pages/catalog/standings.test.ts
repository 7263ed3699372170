import { describe, expect, it } from "vitest";
import { standingsOf } from "./useStandings";

type Deployed = Parameters<typeof standingsOf>[0][number];
type Runs = Parameters<typeof standingsOf>[1][number];

function deployed(id: string, ...versions: [environment: string, version: string, since: string][]): Deployed {
  return {
    drifts: false,
    driftsSince: null,
    entity: { id, ref: `service:${id}`, name: id, title: null, owner: null, system: null },
    versions: versions.map(([environment, version, since]) => {
      return {
        environment,
        region: "eu",
        version,
        since,
        previous: null,
        behindSince: null,
        rollback: false,
        attemptFailed: null,
        event: null,
        attempt: null,
      };
    }),
  };
}

function runs(id: string, environment: string, ready: number | null): Runs {
  const pods = { kind: "Deployment", ready, desired: 3, suspended: false, paused: false, conditions: [] };
  const place = {
    cluster: "eu",
    region: "eu",
    environment,
    namespace: "apps",
    version: "2",
    restarts: 0,
    schedule: null,
    lastSucceeded: null,
  };
  const service = { id, ref: `service:${id}`, name: id, title: null, owner: null };
  return {
    id: `w${id}`,
    ref: `workload:eu/apps/${id}`,
    name: id,
    stale: false,
    lastConfirmed: null,
    service,
    workload: { ...place, ...pods },
  };
}

describe("what stands in production", () => {
  it("is each version once, with the newest arrival", () => {
    const found = standingsOf(
      [
        deployed(
          "cart",
          ["production", "2", "2026-03-02"],
          ["production", "2", "2026-03-01"],
          ["production", "1", "2026-02-01"],
          ["staging", "3", "2026-03-09"],
        ),
      ],
      [],
    );
    expect(found.get("cart")).toMatchObject({ versions: ["2", "1"], deployedAt: "2026-03-02", condition: undefined });
  });

  it("adds up pods, and the worst workload tells how it is", () => {
    const found = standingsOf([], [runs("cart", "production", 3), runs("cart", "production", 0), runs("cart", "staging", 3)]);
    expect(found.get("cart")).toMatchObject({ ready: 3, desired: 6, condition: "bad" });
  });
});
