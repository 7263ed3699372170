/** Changes by day, as a timeline shows them. */
import type { ChangePartsFragment } from "../../api/generated";
import { type Day, dayOf } from "../../lib/moment";

/** A day with its changes, newest first. */
export interface DayOfChanges {
  day: Day;
  changes: ChangePartsFragment[];
}

/** Groups changes, which come newest first, by day. */
export function byDay(changes: readonly ChangePartsFragment[], zone: string): DayOfChanges[] {
  const days: DayOfChanges[] = [];
  for (const change of changes) {
    const day = dayOf(change.at, zone);
    const last = days.at(-1);
    if (last?.day === day) last.changes.push(change);
    else days.push({ day, changes: [change] });
  }
  return days;
}
