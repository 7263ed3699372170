/** The field of the filter: words that stand, and the text that is being typed behind them; pure. */
import { type Part, parseFilter } from "../../lib/filter";

/** What stands in the field. */
export interface Field {
  parts: Part[];
  draft: string;
}

/** Takes a filter apart: what is being typed is its end, and all before it are words that stand. */
export function splitFilter(text: string, draft: string): Field {
  const typed = draft.trim();
  if (typed === "") return { parts: parseFilter(text).parts, draft };
  if (text === typed) return { parts: [], draft };
  if (text.endsWith(` ${typed}`)) return { parts: parseFilter(text.slice(0, -typed.length)).parts, draft };
  // The filter was changed elsewhere, such as by a click or by going back: nothing is being typed any more.
  return { parts: parseFilter(text).parts, draft: "" };
}

/** The text of the filter; the words stay as they were written. */
export function joinFilter(parts: Part[], draft: string): string {
  return [...parts.map(({ text }) => text), draft.trim()].filter((text) => text !== "").join(" ");
}

/** Whether what is typed is a key whose value is still to come: that is nothing to filter by yet. */
export function isUnfinished(draft: string): boolean {
  return /^[a-z]+:"?$/i.test(draft.trim());
}

/** Whether a space ends what is typed: not within quotes, and not right behind a colon. */
export function isDone(draft: string): boolean {
  return /\s$/.test(draft) && draft.trim() !== "" && !isUnfinished(draft) && (draft.match(/(?<!\\)"/g)?.length ?? 0) % 2 === 0;
}
