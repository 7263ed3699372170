/** The graph of who needs whom as it is drawn: layers by distance, few crossings, the same picture every time. Pure. */
import type { ImpactOfQuery, Road, Way } from "../../api/generated";

export type ImpactAnswer = ImpactOfQuery["impact"];
export type ImpactNode = ImpactAnswer["nodes"][number];

/** How an edge is known, in words and as a pattern of its line. */
export const ROADS: Record<Road, { name: string; dash: string | undefined }> = {
  DECLARED: { name: "declared", dash: undefined },
  PACKAGE: { name: "through a package", dash: "7 4" },
  MESH: { name: "in the service mesh", dash: "2 4" },
  RUNTIME: { name: "runs there", dash: "9 3 2 3" },
};

/** Sizes of what is drawn. */
export const BOX = { width: 196, height: 26, gapX: 72, gapY: 10, margin: 8 };

/** A node with its place. */
export interface Placed {
  node: ImpactNode;
  x: number;
  y: number;
  inCycle: boolean;
}

/** A line between two places; several roads between the same two are told by one each. */
export interface Line {
  key: string;
  road: Road;
  relation: string;
  path: string;
  inCycle: boolean;
}

/** What is drawn, and how large it is. */
export interface Drawn {
  nodes: Placed[];
  lines: Line[];
  width: number;
  height: number;
}

/** Puts nodes into layers by distance, each near to what it is connected with in the layer before. */
export function draw({ nodes, edges, cycles }: Pick<ImpactAnswer, "nodes" | "edges" | "cycles">): Drawn {
  const cycleOf = new Map<string, number>();
  cycles.forEach((cycle, place) => {
    for (const { id } of cycle) cycleOf.set(id, place);
  });
  const layers: ImpactNode[][] = [];
  for (const node of nodes) {
    const layer = layers[node.distance] ?? [];
    layer.push(node);
    layers[node.distance] = layer;
  }
  const neighbours = new Map<string, string[]>();
  for (const { from, to } of edges) {
    neighbours.set(from, [...(neighbours.get(from) ?? []), to]);
    neighbours.set(to, [...(neighbours.get(to) ?? []), from]);
  }
  const order = new Map<string, number>();
  const tallest = Math.max(1, ...layers.map((layer) => layer?.length ?? 0));
  const step = BOX.height + BOX.gapY;
  const height = tallest * step - BOX.gapY + 2 * BOX.margin;
  const places = new Map<string, Placed>();
  const placed: Placed[] = [];
  layers.forEach((layer, distance) => {
    // The middle of what a node is connected with before decides; where there is none, the name.
    const middle = (node: ImpactNode): number => {
      const before = (neighbours.get(node.entity.id) ?? []).flatMap((id) => order.get(id) ?? []);
      return before.length > 0 ? before.reduce((sum, value) => sum + value, 0) / before.length : Number.MAX_SAFE_INTEGER;
    };
    const sorted = [...layer]
      .map((node) => ({ node, at: middle(node) }))
      .sort((one, other) => one.at - other.at || one.node.entity.ref.localeCompare(other.node.entity.ref));
    const top = (height - (sorted.length * step - BOX.gapY)) / 2;
    sorted.forEach(({ node }, place) => {
      const y = top + place * step;
      const found = { node, x: BOX.margin + distance * (BOX.width + BOX.gapX), y, inCycle: cycleOf.has(node.entity.id) };
      places.set(node.entity.id, found);
      placed.push(found);
    });
    for (const { node } of sorted) order.set(node.entity.id, places.get(node.entity.id)?.y ?? 0);
  });
  const lines = edges.flatMap(({ from, to, road, relation }): Line[] => {
    const [start, end] = [places.get(from), places.get(to)];
    if (!start || !end) return [];
    const inCycle = cycleOf.has(from) && cycleOf.get(from) === cycleOf.get(to);
    return [{ key: `${from} ${to} ${road} ${relation}`, road, relation, path: pathOf(start, end), inCycle }];
  });
  const width = 2 * BOX.margin + layers.length * BOX.width + Math.max(0, layers.length - 1) * BOX.gapX + 40;
  return { nodes: placed, lines, width, height };
}

/** A curve between two boxes, from side to side; within a layer it goes around at the right. */
function pathOf(from: Placed, to: Placed): string {
  const [y1, y2] = [from.y + BOX.height / 2, to.y + BOX.height / 2];
  if (from.x === to.x) {
    const x = from.x + BOX.width;
    return `M${x} ${y1} C${x + 44} ${y1} ${x + 44} ${y2} ${x + 5} ${y2}`;
  }
  const isRight = to.x > from.x;
  const x1 = isRight ? from.x + BOX.width : from.x;
  const x2 = isRight ? to.x - 5 : to.x + BOX.width + 5;
  const bend = (x2 - x1) / 2;
  return `M${x1} ${y1} C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}`;
}

/** The nodes by distance, without the one that was asked for. */
export function byDistance(nodes: readonly ImpactNode[]): [distance: number, nodes: ImpactNode[]][] {
  const found = new Map<number, ImpactNode[]>();
  for (const node of nodes) if (node.distance > 0) found.set(node.distance, [...(found.get(node.distance) ?? []), node]);
  return [...found.entries()].sort(([one], [other]) => one - other);
}

/** Why a node is reached: by way of whom, and who says so. */
export interface Reason {
  other: string;
  relation: string;
  road: Road;
  through: { ref: string; name: string; title: string | null }[];
  /** Where it stands in which source, `catalog-info.yaml (github)`, each once. */
  words: string[];
}

/** By which words and roads a node is reached from those nearer by, in the way that is followed. */
export function reasonsOf(id: string, { nodes, edges }: Pick<ImpactAnswer, "nodes" | "edges">, way: Way): Reason[] {
  const distance = new Map(nodes.map((node) => [node.entity.id, node.distance]));
  const names = new Map(nodes.map(({ entity }) => [entity.id, entity.title ?? entity.name]));
  const own = distance.get(id) ?? 0;
  return edges.flatMap(({ from, to, relation, road, through, statedBy }): Reason[] => {
    const [here, other] = way === "NEEDS" ? [to, from] : [from, to];
    if (here !== id || (distance.get(other) ?? 0) >= own) return [];
    const words = [...new Set(statedBy?.map(({ source, origin }) => `${origin} (${source})`))];
    return [{ other: names.get(other) ?? other, relation, road, through: through ?? [], words }];
  });
}

/** How far is looked at, from an address; three steps, unless it says otherwise. */
export function readDepth(text: string | undefined): number {
  const depth = Number(text ?? 3);
  return Number.isInteger(depth) && depth >= 1 && depth <= 6 ? depth : 3;
}
