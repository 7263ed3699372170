/** Events in words: what happened, where, by whom, and how it ended. */
import type { EventKind, EventPartsFragment } from "../api/generated";
import { counted } from "./text";

/** How the end of something is to be taken; each has a shape of its own. */
export type Tone = "good" | "bad" | "warning" | "running" | "gone" | "unknown" | "changed";

/** An event, ready to be shown. */
export interface EventWords {
  /** `Deployment`. */
  word: string;
  /** The version, the title, the run: what it was about. */
  what: string;
  /** `production · eu-central`, `into main`. */
  place: string | undefined;
  /** Somebody went back to an earlier version. */
  rollback: boolean;
  tone: Tone;
  /** `failed`, `merged`. */
  state: string;
  by: string | undefined;
  /** What is to be said beyond: why it failed, why somebody did it. */
  note: string | undefined;
}

/** Kinds of events in the order of lanes and filters. */
export const EVENT_KINDS: readonly EventKind[] = [
  "DEPLOYMENT",
  "ROLLOUT",
  "PULL_REQUEST",
  "PIPELINE_RUN",
  "INCIDENT",
  "BUG",
  "SUPPORT_CASE",
  "ACTION",
];

const WORDS: Record<EventKind, [one: string, many: string]> = {
  DEPLOYMENT: ["Deployment", "Deployments"],
  ROLLOUT: ["Rollout", "Rollouts"],
  PULL_REQUEST: ["Pull request", "Pull requests"],
  PIPELINE_RUN: ["Pipeline run", "Pipeline runs"],
  INCIDENT: ["Incident", "Incidents"],
  BUG: ["Bug", "Bugs"],
  SUPPORT_CASE: ["Support case", "Support cases"],
  ACTION: ["Action", "Actions"],
};

/** `Pull request`. */
export function eventWord(kind: EventKind): string {
  return WORDS[kind][0];
}

/** `Pull requests`. */
export function eventWords(kind: EventKind): string {
  return WORDS[kind][1];
}

/** Whether what stands in a timeline is an event; else it is a change. */
export function isEvent<Node extends object>(node: Node): node is Extract<Node, { eventKind: EventKind }> {
  return "eventKind" in node;
}

const STATES: Record<string, [Tone, string]> = {
  success: ["good", "succeeded"],
  succeeded: ["good", "succeeded"],
  inactive: ["good", "succeeded, replaced since"],
  removed: ["gone", "removed"],
  superseded: ["gone", "replaced before its result was seen"],
  failure: ["bad", "failed"],
  failed: ["bad", "failed"],
  error: ["bad", "failed"],
  timed_out: ["bad", "timed out"],
  cancelled: ["gone", "cancelled"],
  skipped: ["gone", "skipped"],
  neutral: ["gone", "neutral"],
  closed: ["gone", "closed"],
  action_required: ["warning", "waits for somebody"],
  queued: ["unknown", "queued"],
  in_progress: ["running", "in progress"],
  draft: ["unknown", "draft"],
  open: ["changed", "open"],
  reviewed: ["changed", "reviewed"],
  merged: ["good", "merged"],
  resolved: ["good", "resolved"],
  deleted: ["gone", "deleted"],
};

/** How a state is to be taken, and its word. One that is not known is told as the source calls it. */
export function stateOf(state: string | null): [Tone, string] {
  if (state === null || state === "") return ["unknown", "state not known"];
  return STATES[state] ?? ["unknown", state.replaceAll("_", " ")];
}

/** A commit as git shows it in short. */
export function shortCommit(commit: string): string {
  return commit.slice(0, 8);
}

/** `production · eu-central`; a region that is not told is left out. */
export function placeText(environment: string | null | undefined, region: string | null | undefined): string | undefined {
  return [environment, region].filter(Boolean).join(" · ") || undefined;
}

type Parts = Omit<EventPartsFragment, "id" | "entity" | "at" | "ended" | "seconds" | "source" | "url">;

/** What an event says. */
export function eventInWords(event: Parts): EventWords {
  const [tone, state] = stateOf(event.state);
  const common = { word: eventWord(event.eventKind), rollback: false, tone, state, place: undefined, by: undefined, note: undefined };
  const { deployment, rollout, pullRequest, pipelineRun, incident, bug, supportCase, action } = event;
  if (deployment) {
    return {
      ...common,
      what: deployment.version ?? (deployment.commit ? shortCommit(deployment.commit) : "unknown version"),
      place: placeText(deployment.environment, deployment.region),
      rollback: deployment.rollback,
      by: deployment.by ?? undefined,
      note: deployment.description ?? undefined,
    };
  }
  if (rollout) {
    return {
      ...common,
      what: rollout.version ?? (rollout.revision === null ? "unknown version" : `revision ${rollout.revision}`),
      place: placeText(rollout.environment, rollout.region ?? rollout.cluster),
      rollback: rollout.rollback,
      note: rollout.message ?? rollout.cause ?? undefined,
    };
  }
  if (pullRequest) {
    const number = pullRequest.number === null ? "" : `#${pullRequest.number} `;
    return {
      ...common,
      what: `${number}${pullRequest.title ?? ""}`.trim() || event.resource,
      by: pullRequest.author ?? undefined,
      note: pullRequest.reviewers.length > 0 ? `reviewed by ${pullRequest.reviewers.join(", ")}` : undefined,
    };
  }
  if (pipelineRun) {
    const number = pipelineRun.number === null ? "" : ` #${pipelineRun.number}`;
    return {
      ...common,
      what: `${pipelineRun.name ?? event.resource}${number}`,
      place: pipelineRun.branch ?? undefined,
      note: pipelineRun.attempt !== null && pipelineRun.attempt > 1 ? `attempt ${pipelineRun.attempt}` : undefined,
    };
  }
  if (incident) {
    return {
      ...common,
      what: incident.title,
      place: incident.severity?.toLowerCase(),
      // What still goes on is trouble.
      tone: event.state === "open" ? "bad" : tone,
      note: incident.commander ? `led by ${incident.commander}` : undefined,
    };
  }
  if (bug) {
    const note = bug.assignee ? `with ${bug.assignee}` : undefined;
    return { ...common, what: `${bug.key} ${bug.title}`, place: bug.priority?.toLowerCase(), note };
  }
  if (supportCase) {
    return { ...common, what: `${supportCase.key} ${supportCase.title}`, place: supportCase.priority?.toLowerCase() };
  }
  if (action) {
    return {
      ...common,
      what: [(action.action ?? "acted").replaceAll("_", " "), action.detail].filter(Boolean).join(" "),
      by: action.by ?? undefined,
      note: action.message ?? action.reason ?? undefined,
    };
  }
  return { ...common, what: event.resource };
}

/** An event as one line of text, to be searched and read out. */
export function eventText(event: Parts): string {
  const { word, what, place, rollback, state, by, note } = eventInWords(event);
  const parts = [word, what, place, rollback ? "rollback" : undefined, state, by ? `by ${by}` : undefined, note];
  return parts.filter(Boolean).join(" ");
}

/** Whether it takes time that is worth telling: what only waits for people takes as long as they do. */
export function hasDuration(kind: EventKind): boolean {
  return kind !== "ACTION";
}

/** Whether more is known of it than stands in a line: what brought it about, or what it brought about. */
export function hasDetails({ eventKind }: { eventKind: EventKind }): boolean {
  return eventKind === "INCIDENT" || eventKind === "DEPLOYMENT" || eventKind === "ROLLOUT";
}

/** `12 s`, `3 min`, `5 h`, `2 days`: how long, to the unit that matters. */
export function lasted(seconds: number): string {
  if (seconds < 60) return `${Math.max(0, Math.round(seconds))} s`;
  if (seconds < 3_600) return `${Math.round(seconds / 60)} min`;
  if (seconds < 36 * 3_600) return `${Math.round(seconds / 3_600)} h`;
  return counted(Math.round(seconds / 86_400), "day");
}
