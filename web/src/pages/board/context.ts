/** What every part of the board needs to know. */
import { createContext, useContext } from "react";
import type { Metric } from "../../api/generated";
import type { Period } from "../../lib/period";
import type { Only } from "./address";
import type { Asked, Told } from "./useBoard";

export interface BoardState {
  asked: Asked;
  /** The period of the answer: while another is on its way, the one before. */
  shown: Period;
  told: ReadonlyMap<Metric, Told>;
  /** What figures are compared with: `week 45, 2026`. */
  against: string;
  /** The period a year before, if that is what they are compared with. */
  year: Period | undefined;
  /** How much larger than usual everything is drawn. */
  scale: number;
  isWall: boolean;
  /** Opens the records of a figure, or some of them. */
  open: (metric: Metric, only?: Only) => void;
}

export const BoardContext = createContext<BoardState | undefined>(undefined);

/** What every part of the board needs to know. */
export function useBoardContext(): BoardState {
  const state = useContext(BoardContext);
  if (!state) throw new Error("outside of the board");
  return state;
}
