/** Where lanes stand: the same figures for the names beside them, the canvas and the pointer. */
import type { Lane } from "./lanes";

/** Pixels of the axis, above the lanes. */
export const AXIS = 28;

/** Pixels of the overview with the handles, below the lanes. */
export const OVERVIEW = 38;

/** Pixels kept free above the highest column of a lane, for its number. */
export const LANE_TOP = 15;

const COUNTS = 46;
const COUNTS_MANY = 38;
const VALUES = 30;
/** On narrow screens a lane's name stands above it. */
const NAME = 18;

/** Places of lanes, from the top of the first one. */
export interface Sizes {
  /** The top of each lane, and behind them the bottom of the last. */
  tops: number[];
  /** Pixels of all lanes. */
  height: number;
  /** Pixels of them that are seen at once. */
  view: number;
  /** Pixels at the top of each lane that belong to its name. */
  inset: number;
}

/** The places of lanes, of which at most `most` pixels are seen at once. */
export function sizesOf(lanes: readonly Pick<Lane, "kind">[], isNarrow: boolean, most: number): Sizes {
  const inset = isNarrow ? NAME : 0;
  const counts = lanes.length > 8 ? COUNTS_MANY : COUNTS;
  const tops = [0];
  let height = 0;
  for (const { kind } of lanes) {
    height += (kind === "values" ? VALUES : counts) + inset;
    tops.push(height);
  }
  // Where nothing changed there is still something to zoom out of.
  return { tops, height, view: Math.max(COUNTS, Math.min(height, Math.max(120, most))), inset };
}

/** The lane at a height, counted from the top of the first one. */
export function laneAt({ tops }: Sizes, y: number): number | undefined {
  const place = tops.findLastIndex((top) => top <= y);
  return place >= 0 && place < tops.length - 1 ? place : undefined;
}
