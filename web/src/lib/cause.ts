/** Deployments and incidents: by whose word the one brought the other about. */
import type { CausePartsFragment } from "../api/generated";
import { lasted } from "./event";
import { dayOf, shortDay } from "./moment";

/** What is told of a pair. */
type Basis = Pick<CausePartsFragment, "isCause" | "basis" | "secondsBefore" | "word"> & { incident: { source: string } };

/** `By rule: 12 min before`, `pagerduty says so`, `Ada Lovelace said so on 3 Nov 2026`. */
export function basisText({ isCause, basis, secondsBefore, word, incident }: Basis, zone: string): string {
  const before = secondsBefore === null ? undefined : `${lasted(secondsBefore)} before`;
  switch (basis) {
    case "RULE":
      return `By rule: ${before ?? "right before"}`;
    case "SOURCE":
      return [`${incident.source} says so`, before].filter(Boolean).join(", ");
    case "PERSON": {
      const [who, day] = [word?.by ?? "Somebody", word ? ` on ${shortDay(dayOf(word.at, zone))}` : ""];
      return isCause ? [`${who} said so${day}`, before].filter(Boolean).join(", ") : `${who} said${day} that it was not`;
    }
  }
}

/** What a person may say of a pair: that it is so, that it is not, or nothing any more. */
export type Say = "cause" | "not" | "undo";

/** What a person may say, given what is known. */
export function sayings({ isCause, word }: { isCause: boolean; word: object | null }): Say[] {
  if (word) return ["undo"];
  return isCause ? ["not"] : ["cause"];
}

/** `Not the cause`. */
export const SAY_NAMES: Record<Say, string> = { cause: "This was the cause", not: "Not the cause", undo: "Undo" };

/** As the server takes it; nothing withdraws what was said before. */
export const SAY_VALUES: Record<Say, boolean | null> = { cause: true, not: false, undo: null };

/** The most letters of a reason. */
export const LONGEST_REASON = 500;
