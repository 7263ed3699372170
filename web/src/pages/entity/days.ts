/** Changes and events by day, as a timeline shows them. */
import { type Day, dayOf } from "../../lib/moment";

/** A day with its changes, newest first. */
export interface DayOf<Node> {
  day: Day;
  changes: Node[];
}

/** Groups changes, which come newest first, by day. */
export function byDay<Node extends { at: string }>(changes: readonly Node[], zone: string): DayOf<Node>[] {
  const days: DayOf<Node>[] = [];
  for (const change of changes) {
    const day = dayOf(change.at, zone);
    const last = days.at(-1);
    if (last?.day === day) last.changes.push(change);
    else days.push({ day, changes: [change] });
  }
  return days;
}
