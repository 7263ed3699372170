import { describe, expect, it } from "vitest";
import { BOX, byDistance, draw, type ImpactAnswer, type ImpactNode, readDepth, reasonsOf } from "./impactGraph";

function node(name: string, distance: number): ImpactNode {
  return { distance, entity: { id: name, ref: `service:${name}`, kind: "SERVICE", name, title: null, owner: null } };
}

function edge(from: string, to: string): ImpactAnswer["edges"][number] {
  return { from, to, relation: "dependsOn", road: "DECLARED", since: "2026-03-01T00:00:00Z" };
}

const GRAPH: Pick<ImpactAnswer, "nodes" | "edges" | "cycles"> = {
  nodes: [node("ledger", 0), node("a", 1), node("b", 1), node("x", 2), node("y", 2)],
  edges: [edge("a", "ledger"), edge("b", "ledger"), edge("y", "a"), edge("x", "b"), edge("ledger", "b")],
  cycles: [
    [
      { id: "ledger", ref: "service:ledger", name: "ledger", title: null },
      { id: "b", ref: "service:b", name: "b", title: null },
    ],
  ],
};

describe("the drawn graph", () => {
  const drawn = draw(GRAPH);
  const at = (name: string) => drawn.nodes.find(({ node: { entity } }) => entity.name === name);

  it("has a layer for each distance, inside of its size", () => {
    expect(["ledger", "a", "x"].map((name) => at(name)?.x)).toEqual([0, 1, 2].map((layer) => BOX.margin + layer * (BOX.width + BOX.gapX)));
    for (const { x, y } of drawn.nodes) {
      expect(x + BOX.width).toBeLessThanOrEqual(drawn.width);
      expect(y + BOX.height).toBeLessThanOrEqual(drawn.height);
      expect(y).toBeGreaterThanOrEqual(0);
    }
  });

  it("puts a node near to what it is connected with", () => {
    expect((at("y")?.y ?? 0) < (at("x")?.y ?? 0)).toBe(true);
  });

  it("marks circles, and nothing else", () => {
    expect(drawn.nodes.filter(({ inCycle }) => inCycle).map(({ node: { entity } }) => entity.name)).toEqual(["ledger", "b"]);
    expect(drawn.lines.filter(({ inCycle }) => inCycle)).toHaveLength(2);
  });

  it("is the same whichever way the answer is ordered", () => {
    const other = draw({ ...GRAPH, nodes: [...GRAPH.nodes].reverse() });
    const places = (of: typeof drawn) => new Map(of.nodes.map(({ node: { entity }, x, y }) => [entity.id, [x, y]]));
    expect([...places(other).entries()].sort()).toEqual([...places(drawn).entries()].sort());
  });

  it("leaves out edges to what is not there", () => {
    expect(draw({ ...GRAPH, edges: [edge("a", "nobody")] }).lines).toEqual([]);
  });
});

describe("the graph in words", () => {
  it("goes by distance, and says by way of whom", () => {
    expect(byDistance(GRAPH.nodes).map(([distance, nodes]) => [distance, nodes.length])).toEqual([
      [1, 2],
      [2, 2],
    ]);
    const stated = (origin: string) => ({ source: "github", origin });
    const edges = [{ ...edge("y", "a"), statedBy: ["catalog-info.yaml", "manifests", "manifests"].map(stated) }];
    expect(reasonsOf("y", { ...GRAPH, edges }, "NEEDED_BY")).toEqual([
      { other: "a", relation: "dependsOn", road: "DECLARED", through: [], words: ["catalog-info.yaml (github)", "manifests (github)"] },
    ]);
    // A circle leads back, which is no reason why something is reached.
    expect(reasonsOf("b", GRAPH, "NEEDED_BY")).toHaveLength(1);
  });

  it("goes three steps unless told otherwise", () => {
    expect([readDepth(undefined), readDepth("5"), readDepth("99"), readDepth("x")]).toEqual([3, 5, 3, 3]);
  });
});
