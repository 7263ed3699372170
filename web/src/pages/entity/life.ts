/** When an entity began, was renamed and ended: from all values that its ref ever had. */
import type { ChangePartsFragment } from "../../api/generated";

type RefChange = Pick<ChangePartsFragment, "at" | "before" | "after" | "layer" | "isChange">;

/** A life as far as it is known. */
export interface Life {
  began: RefChange | undefined;
  /** The newest end, unless it came back. */
  ended: RefChange | undefined;
  /** Oldest first. */
  renamings: { at: string; before: string; after: string }[];
}

/** Reads a life from the history of `general.ref`, oldest first. */
export function lifeOf(history: readonly RefChange[]): Life {
  const life: Life = { began: undefined, ended: undefined, renamings: [] };
  for (const change of history) {
    const { before, after, at } = change;
    if (after === null) life.ended = change;
    else life.ended = undefined;
    if (before === null && after !== null) life.began ??= change;
    if (typeof before === "string" && typeof after === "string") life.renamings.push({ at, before, after });
  }
  return life;
}

/** When an entity lost a ref, and which one it took. */
export function renamedFrom(life: Life, ref: string): { at: string; after: string } | undefined {
  const key = ref.toLowerCase();
  return life.renamings.findLast(({ before }) => before.toLowerCase() === key);
}
