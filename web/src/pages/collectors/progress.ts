/** What the server tells about running collectors, event by event. */
import type { ServerEvent } from "../../api/events";
import type { CollectorsFollowSubscription, CollectorsProgressPartsFragment } from "../../api/generated";

/** How far a run has come. */
export type Progress = CollectorsProgressPartsFragment;

/** What is known live, by source; nothing under a name means that the source is not being read. */
export type Live = ReadonlyMap<string, Progress | undefined>;

/** What an event says. */
export type Told = { what: "progress"; progress: Progress } | { what: "end" } | { what: "refused"; message: string } | { what: "nothing" };

/** Reads an event of the stream. What cannot be read says nothing: the next one may. */
export function toldBy({ name, data }: ServerEvent): Told {
  if (name === "complete") return { what: "end" };
  if (name !== "next" && name !== "message") return { what: "nothing" };
  let answer: { data?: Partial<CollectorsFollowSubscription> | null; errors?: { message?: string }[] };
  try {
    answer = JSON.parse(data) as typeof answer;
  } catch {
    return { what: "nothing" };
  }
  const error = answer?.errors?.[0];
  if (error) return { what: "refused", message: error.message ?? "The server refuses to tell its progress." };
  const progress = answer?.data?.collection;
  return progress ? { what: "progress", progress } : { what: "nothing" };
}

/** What is known after an event. A source that stopped has no start. */
export function withProgress(live: Live, progress: Progress): Live {
  return new Map(live).set(progress.source, progress.started === null ? undefined : progress);
}

/** What a source is doing: as told live, else as it was when asked. */
export function runningOf(source: string, live: Live, asked: Progress | null): Progress | undefined {
  if (live.has(source)) return live.get(source);
  return asked?.started ? asked : undefined;
}

/** Milliseconds to wait before the connection is tried again. */
export function backoff(failures: number): number {
  return Math.min(30_000, 1_000 * 2 ** Math.max(0, failures - 1));
}

/** Share done, from 0 to 1; nothing if it is not known how much there is. */
export function shareOf({ done, total }: Pick<Progress, "done" | "total">): number | undefined {
  return total > 0 ? Math.min(1, done / total) : undefined;
}

/** Seconds that a run takes further if it goes on as it did; nothing if too little is known to tell. */
export function secondsLeft({ started, done, total }: Progress, now: string): number | undefined {
  if (started === null || done <= 0 || total <= done) return undefined;
  const elapsed = (Date.parse(now) - Date.parse(started)) / 1000;
  return elapsed < 10 ? undefined : (elapsed / done) * (total - done);
}
