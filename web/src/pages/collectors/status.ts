/** What a source's state is, in a word and in sentences, and what can be done about it. */
import type { CollectorsStatusQuery, Outcome, Trigger } from "../../api/generated";
import { shortDay } from "../../lib/moment";
import { counted } from "../../lib/text";
import type { StateName } from "../../ui/State";
import type { Progress } from "./progress";

/** A source, as the API answers it. */
export type Source = CollectorsStatusQuery["collectors"][number];

/** A run, as the API answers it. */
export type Run = NonNullable<Source["lastRun"]>;

/** A state as its shape and its word. */
export interface Standing {
  name: StateName;
  word: string;
}

const OUTCOMES: Record<Outcome, Standing> = {
  SUCCEEDED: { name: "good", word: "Succeeded" },
  PARTIAL: { name: "warning", word: "Partly read" },
  TIMED_OUT: { name: "warning", word: "Timed out" },
  CANCELLED: { name: "warning", word: "Stopped" },
  FAILED: { name: "bad", word: "Failed" },
  PANICKED: { name: "bad", word: "Broke down" },
};

/** Kinds of collectors, as people call what they read, and what they tell. */
const TITLES: Record<string, { title: string; tells: string }> = {
  git: { title: "Git clones", tells: "descriptors, owners, manifests and documents in repositories" },
  github: { title: "GitHub", tells: "repositories, teams, permissions, releases, and the same files" },
  sonarqube: { title: "SonarQube", tells: "quality gates, coverage, ratings" },
  packages: { title: "Package registries", tells: "newest versions, weaknesses and support of every package in use" },
};

/** What a kind of collector reads, and what it tells; nothing of one that is not known here. */
export function titleOf(collector: string | null): { title: string; tells: string } | undefined {
  return collector !== null && Object.hasOwn(TITLES, collector) ? TITLES[collector] : undefined;
}

/** Until when a source answers nothing more, if that is what a run was stopped by: the latest that its problems name. */
export function limitedUntil(run: Pick<Run, "problems"> | null): string | undefined {
  const found =
    run?.problems.flatMap(({ message }) => /\blimit(?:ed)?\b.*?\buntil (\d{4}-\d{2}-\d{2}T[\d:.]+Z)/i.exec(message)?.[1] ?? []) ?? [];
  return found.toSorted().at(-1);
}

const TRIGGERS: Record<Trigger, string> = {
  SCHEDULE: "by schedule",
  MANUAL: "on request",
  CATCH_UP: "to catch up",
  BACKFILL: "to fill in the past",
  PUSH: "for what was pushed",
};

/** How a source stands: first what it does, then what is wrong, then what it did. */
export function standingOf({ configured, late, lastRun }: Source, running: Progress | undefined, now?: string): Standing {
  if (running) return { name: "running", word: running.backfill ? "Filling in the past" : "Reading" };
  if (!configured) return { name: "gone", word: "Not configured" };
  if (!lastRun) return { name: "unknown", word: "Has not run yet" };
  const outcome = OUTCOMES[lastRun.outcome];
  const until = lastRun.outcome === "SUCCEEDED" ? undefined : limitedUntil(lastRun);
  if (until && now && until > now) return { name: "stale", word: "Limited for now" };
  if (late && outcome.name !== "bad") return { name: "stale", word: "Late" };
  return outcome;
}

/** Why a run started, as part of a sentence. */
export function triggerWords(trigger: Trigger): string {
  return TRIGGERS[trigger];
}

/** What needs to be known about a source beyond its figures, most urgent first. */
export function sentencesOn({ source, configured, late, lastRun, lastSuccess }: Source): string[] {
  const sentences: string[] = [];
  if (!configured) {
    sentences.push(
      `${source} does not stand in the configuration any more. What it said is kept and goes stale. If it is gone for good, end what it said with the command below.`,
    );
  }
  switch (lastRun?.outcome) {
    case "FAILED":
      sentences.push("Nothing could be read. Everything that was known stays, and is marked stale when it gets old.");
      break;
    case "PANICKED":
      sentences.push("The collector has a defect, and what it read was discarded. Everything that was known stays. The log says more.");
      break;
    case "TIMED_OUT":
      sentences.push("It was stopped at its time limit. What was read until then is kept; the rest is as it was.");
      break;
    case "PARTIAL":
      sentences.push("Some parts could not be read. What was read is kept; the rest is as it was.");
      break;
    case "CANCELLED":
      sentences.push("spot was stopped while it ran. What was stored until then is kept; the next run reads the rest.");
      break;
    default:
  }
  const until = lastRun && lastRun.outcome !== "SUCCEEDED" ? limitedUntil(lastRun) : undefined;
  if (until) {
    sentences.push(
      `The source allows only so many requests, and they were used up: it answers again from ${until.slice(11, 16)} UTC on ${shortDay(until.slice(0, 10))}. The next run goes on where this one stopped.`,
    );
  }
  if (late && configured) sentences.push("It has not run for more than two of its intervals. Its facts are stale.");
  if (lastRun && lastRun.outcome !== "SUCCEEDED" && !lastSuccess) sentences.push("It has not read everything even once.");
  return sentences;
}

/** What the page says first: how many sources there are, and whether any needs a look. */
export function summaryOf(sources: Source[], running: (source: Source) => Progress | undefined = () => undefined): string {
  const troubled = sources.filter(({ configured, late, lastRun }) => configured && (late || (lastRun && lastRun.outcome !== "SUCCEEDED")));
  const held = sources.filter(({ lastRun }) => lastRun?.missing.some(({ braked }) => braked));
  const parts: string[] = [];
  if (troubled.length > 0)
    parts.push(`${troubled.map(({ source }) => source).join(", ")} ${troubled.length === 1 ? "needs" : "need"} a look`);
  if (held.length > 0) parts.push(`the brake holds ends of ${held.map(({ source }) => source).join(", ")}`);
  const busy = sources.filter(running);
  if (busy.length > 0) parts.push(`${busy.map(({ source }) => source).join(", ")} ${busy.length === 1 ? "is" : "are"} being read`);
  const unread = sources.filter(({ lastRun }) => lastRun === null);
  if (parts.length === 0 && unread.length > 0) parts.push(`${unread.map(({ source }) => source).join(", ")} not read yet`);
  return `${counted(sources.length, "source")}: ${parts.length > 0 ? parts.join("; ") : "all well"}.`;
}

/** `every 15 min`, `every 1 h`, `every 2 days`; nothing if it is not known. */
export function intervalWords(seconds: number | null): string | undefined {
  if (seconds === null || seconds <= 0) return undefined;
  for (const [size, one, many] of [
    [86_400, "day", "days"],
    [3_600, "h", "h"],
    [60, "min", "min"],
  ] as const) {
    if (seconds >= size && seconds % size === 0) return `every ${seconds / size} ${seconds === size ? one : many}`;
  }
  return `every ${seconds} s`;
}

/** `99.5 %`. Only what is complete is called 100 %. */
export function percent(share: number): string {
  const value = share * 100;
  if (value >= 100) return "100 %";
  return `${Math.min(99.9, value).toFixed(value >= 10 && value < 99 ? 0 : 1)} %`;
}

/** The problems of a run as text, one a line, as compilers print them. */
export function problemsText(problems: Run["problems"]): string {
  return problems.map((problem) => `${placeOf(problem)}: ${problem.message}`).join("\n");
}

/** Where a problem was met: `acme/billing catalog-info.yaml:3`. */
export function placeOf({ scope, path, line }: Pick<Run["problems"][number], "scope" | "path" | "line">): string {
  if (path === null) return scope;
  return `${scope} ${path}${line === null ? "" : `:${line}`}`;
}

/** Problems that say the same but for names and numbers, with all places where they were met. */
export interface ProblemsTogether {
  problem: Run["problems"][number];
  others: Run["problems"];
}

/** The problems of a run, each kind once, in the order in which they came. Of a few alike nothing is gained. */
export function togetherProblems(problems: Run["problems"], least = 4): ProblemsTogether[] {
  const kinds = new Map<string, Run["problems"]>();
  for (const problem of problems) {
    const kind = kindOf(problem);
    kinds.set(kind, [...(kinds.get(kind) ?? []), problem]);
  }
  const told = new Set<string>();
  return problems.flatMap((problem) => {
    const kind = kindOf(problem);
    const alike = kinds.get(kind) ?? [];
    if (alike.length < least) return [{ problem, others: [] }];
    if (told.has(kind)) return [];
    told.add(kind);
    return [{ problem, others: alike.slice(1) }];
  });
}

/** A message without what differs from one place to the next: names with a slash, quoted texts, numbers. */
function kindOf({ message }: Run["problems"][number]): string {
  return message
    .replaceAll(/"[^"]*"|`[^`]*`/g, "…")
    .replaceAll(/\S*\/\S*/g, "…")
    .replaceAll(/\d+/g, "0");
}

/** How many days are known in which way. A day that was seen counts as seen, whatever was filled in later. */
export function countDays(days: { observed: boolean; backfilled: boolean }[]): { observed: number; backfilled: number; carried: number } {
  const counts = { observed: 0, backfilled: 0, carried: 0 };
  for (const { observed, backfilled } of days) counts[observed ? "observed" : backfilled ? "backfilled" : "carried"] += 1;
  return counts;
}

/** What is missing since the same run, by whether the brake holds it. */
export interface MissingTogether {
  since: string;
  braked: boolean;
  resources: string[];
}

/** What is missing, by when and how; what the brake holds first, then the newest. */
export function togetherMissing(missing: Run["missing"]): MissingTogether[] {
  const found = new Map<string, MissingTogether>();
  for (const { since, braked, resource } of missing) {
    const key = `${braked} ${since}`;
    const together = found.get(key) ?? { since, braked, resources: [] };
    together.resources.push(resource);
    found.set(key, together);
  }
  return [...found.values()].sort(
    (one, other) => Number(other.braked) - Number(one.braked) || Date.parse(other.since) - Date.parse(one.since),
  );
}
