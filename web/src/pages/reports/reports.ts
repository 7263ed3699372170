/** Weekly reports as the list shows them: by week, a line for each channel. */
import type { ReportState, SentFragment } from "../../api/generated";
import { type Day, dayOf } from "../../lib/moment";
import { type Period, readPeriod } from "../../lib/period";
import type { StateName } from "../../ui/State";

/** The keys of the address. */
export interface ReportsSearch {
  /** The id of the report that is read. */
  report?: string | undefined;
  /** The week that is previewed, and of whom: a ref, or nothing for the organisation. */
  week?: string | undefined;
  of?: string | undefined;
  /** `message` for what was sent, to the byte. */
  view?: string | undefined;
}

/** How a report to a channel stands; held back is one of which only a notice went out. */
export type Standing = ReportState | "HELD_BACK";

/** A channel's report of a week. */
export interface Row {
  channel: string;
  target: string;
  of: string | null;
  standing: Standing;
  /** What stands for it: the newest report, or the notice that it comes later. */
  shown: SentFragment;
  /** Everything that went to the channel about the week, the newest first. */
  all: SentFragment[];
}

/** A week and who got its report, by channel. */
export interface Week {
  text: string;
  period: Period | undefined;
  rows: Row[];
}

/** Weeks of which anything was sent, the newest first. */
export function weeksOf(reports: readonly SentFragment[]): Week[] {
  const weeks = new Map<string, Map<string, SentFragment[]>>();
  for (const sent of reports) {
    const channels = weeks.get(sent.week) ?? new Map<string, SentFragment[]>();
    channels.set(sent.channel, [...(channels.get(sent.channel) ?? []), sent]);
    weeks.set(sent.week, channels);
  }
  return [...weeks]
    .sort(([one], [other]) => (one < other ? 1 : -1))
    .map(([text, channels]) => ({
      text,
      period: readPeriod(text),
      rows: [...channels]
        .sort(([one], [other]) => (one < other ? -1 : 1))
        .flatMap(([channel, all]) => {
          const row = rowOf(channel, all);
          return row ? [row] : [];
        }),
    }));
}

function rowOf(channel: string, unordered: readonly SentFragment[]): Row | undefined {
  // A report outranks a notice, a later one the one before.
  const rank = ({ kind, number }: SentFragment): number => (kind === "REPORT" ? 1_000 : 0) + number;
  const all = [...unordered].sort((one, other) => rank(other) - rank(one));
  const shown = all[0];
  if (!shown) return undefined;
  const standing = shown.kind === "REPORT" ? shown.state : "HELD_BACK";
  return { channel, target: shown.target, of: shown.of, standing, shown, all };
}

/** Those that were there on a day. */
export function until(reports: readonly SentFragment[], day: Day, zone: string): SentFragment[] {
  return reports.filter(({ at }) => dayOf(at, zone) <= day);
}

/** The report that is read if nothing else is asked for: the newest that readers have, of the organisation if there is one. */
export function usualReport(weeks: readonly Week[]): SentFragment | undefined {
  for (const { rows } of weeks) {
    const sent = rows.filter(({ standing }) => standing === "SENT");
    const found = sent.find(({ of }) => of === null) ?? sent[0];
    if (found) return found.shown;
  }
  return weeks[0]?.rows[0]?.shown;
}

/** The word and the shape of a standing. */
export function markOf(standing: Standing): { word: string; name: StateName } {
  switch (standing) {
    case "SENT":
      return { word: "sent", name: "good" };
    case "HELD_BACK":
      return { word: "held back", name: "stale" };
    case "SENDING":
      return { word: "sending", name: "running" };
    case "UNCLEAR":
      return { word: "unclear", name: "warning" };
    case "FAILED":
      return { word: "failed", name: "bad" };
  }
}

/** What a standing means for whoever wonders. */
export function meaningOf(standing: Standing): string | undefined {
  switch (standing) {
    case "SENT":
      return undefined;
    case "HELD_BACK":
      return "Data of the week is missing. A short notice said so; the report follows when the data is complete, or when it has waited for long enough.";
    case "SENDING":
      return "It is on its way.";
    case "UNCLEAR":
      return "It may have arrived or not, and nobody can tell, so it is not sent again by itself. Look into the channel; spot report --again sends it once more.";
    case "FAILED":
      return "It was not sent. While it is due it is tried again, later and later.";
  }
}
