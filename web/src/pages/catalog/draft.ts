/** The field of the filter: words that stand, and the text that is being typed behind them; pure. */
import { type Part, parseFilter } from "../../lib/filter";

/** What stands in the field. */
export interface Field {
  parts: Part[];
  /** What is being typed behind the words. */
  draft: string;
  /** The filter that both make, as the address will have it in a moment. */
  text: string;
  /** Filters that the address may still have meanwhile: it follows after a pause. */
  passed: string[];
}

/** The field of a filter that nobody is typing. */
export function fieldOf(text: string): Field {
  return { parts: parseFilter(text).parts, draft: "", text, passed: [] };
}

/** The field with other words or another draft; `current` is the filter in the address. */
export function edited(field: Field, parts: Part[], draft: string, current: string): Field {
  return { parts, draft, text: joinFilter(parts, isLive(draft) ? draft : ""), passed: [...field.passed, field.text, current] };
}

/**
 * The field that goes with the filter in the address: the same, as long as the address follows what is typed; that of the
 * address, once it was changed elsewhere, such as by a click or by going back.
 */
export function settled(field: Field, current: string): Field {
  if (current === field.text) return field.passed.length > 0 ? { ...field, passed: [] } : field;
  return field.passed.includes(current) ? field : fieldOf(current);
}

/** The text of the filter; the words stay as they were written. */
export function joinFilter(parts: Part[], draft: string): string {
  return [...parts.map(({ text }) => text), draft.trim()].filter((text) => text !== "").join(" ");
}

/** Whether the list follows each letter: so it does with a text to find, but half a value is nothing to filter by. */
export function isLive(draft: string): boolean {
  return !/^\s*[a-z]+:/i.test(draft);
}

/** Whether what is typed can become a word: not a key alone. */
export function isWord(draft: string): boolean {
  return draft.trim() !== "" && !/^[a-z]+:"?$/i.test(draft.trim());
}

/** Whether a space ends what is typed: not within quotes, and not right behind a colon. */
export function isDone(draft: string): boolean {
  return /\s$/.test(draft) && isWord(draft) && (draft.match(/(?<!\\)"/g)?.length ?? 0) % 2 === 0;
}
