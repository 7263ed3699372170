/** Records behind figures in words: what happened, how bad it is, and what is to be said of it. Pure. */
import type { BoardRecordFragment, IncidentSeverity, Priority } from "../../api/generated";
import { placeText, shortCommit, stateOf } from "../../lib/event";
import { spanWords } from "../../lib/figure";
import { addDays, type Day, dayOf, daysBetween, earlier, shortDay } from "../../lib/moment";
import { counted } from "../../lib/text";
import type { StateName } from "../../ui/State";

/** A record, ready to be shown. */
export interface RecordWords {
  /** `LEDGER-12`; nothing of what has no name but its title. */
  key: string | undefined;
  title: string;
  mark: { name: StateName; word: string };
  /** What else is to be said, in the order in which it matters. */
  facts: string[];
  /** One of them is bad. */
  late: string | undefined;
}

const SEVERITIES: Record<IncidentSeverity, StateName> = { CRITICAL: "bad", MAJOR: "warning", MINOR: "changed" };
const PRIORITIES: Record<Priority, StateName> = { CRITICAL: "bad", HIGH: "warning", MEDIUM: "changed", LOW: "gone" };

/** What a record says, at the moment that the board is of. */
export function recordWords(event: BoardRecordFragment, now: string, zone: string): RecordWords {
  const { incident, bug, supportCase, deployment, rollout, ended, seconds } = event;
  if (incident) {
    return {
      key: undefined,
      title: incident.title,
      mark: severityMark(incident.severity, incident.rawSeverity),
      facts: facts(
        ended === null ? `goes on, ${spanWords(seconds)} so far` : `took ${spanWords(seconds)}`,
        acknowledgedText(event),
        incident.features.length > 0 ? `affected ${incident.features.join(", ")}` : undefined,
        incident.impact ?? undefined,
      ),
      late: undefined,
    };
  }
  if (bug) {
    const due = dueText(bug.due, ended, now, zone);
    return {
      key: bug.key,
      title: bug.title,
      mark: priorityMark(bug.priority, bug.rawPriority),
      facts: facts(
        ended === null ? `open for ${spanWords(seconds)}` : `resolved after ${spanWords(seconds)}`,
        due?.late === false ? due.text : undefined,
        bug.status ?? undefined,
        bug.assignee ? `with ${bug.assignee}` : undefined,
      ),
      late: due?.late ? due.text : undefined,
    };
  }
  if (supportCase) {
    return {
      key: supportCase.key,
      title: supportCase.title,
      mark: priorityMark(supportCase.priority, null),
      facts: facts(
        supportCase.features.length > 0 ? `about ${supportCase.features.join(", ")}` : undefined,
        supportCase.status ?? undefined,
      ),
      late: undefined,
    };
  }
  if (deployment || rollout) {
    const { environment, region } = deployment ?? { environment: rollout?.environment, region: rollout?.region ?? rollout?.cluster };
    return {
      key: undefined,
      title: versionOf(event),
      mark: deploymentMark(event),
      facts: facts(
        placeText(environment, region),
        deployment?.by ? `by ${deployment.by}` : undefined,
        ended !== null && seconds > 0 ? `took ${spanWords(seconds)}` : undefined,
      ),
      late: undefined,
    };
  }
  return { key: undefined, title: event.resource, mark: { name: "unknown", word: "record" }, facts: [], late: undefined };
}

/** `LEDGER-12 Balance is off`, `Checkout is down`: a record in a line. */
export function recordTitle(event: BoardRecordFragment): string {
  const { incident, bug, supportCase, deployment, rollout, resource } = event;
  if (bug) return `${bug.key} ${bug.title}`;
  if (supportCase) return `${supportCase.key} ${supportCase.title}`;
  if (deployment || rollout) return versionOf(event);
  return incident?.title ?? resource;
}

/** How bad an incident was; as its source calls it, if that means nothing here. */
export function severityMark(severity: IncidentSeverity | null, raw: string | null): RecordWords["mark"] {
  if (severity === null) return { name: "unknown", word: raw ?? "severity unknown" };
  return { name: SEVERITIES[severity], word: severity.toLowerCase() };
}

/** How urgent a bug or case is. */
export function priorityMark(priority: Priority | null, raw: string | null): RecordWords["mark"] {
  if (priority === null) return { name: "unknown", word: raw ?? "no priority" };
  return { name: PRIORITIES[priority], word: priority.toLowerCase() };
}

/** The days of the timeline around an incident, and the days of the incident itself. */
export function around({ at, ended }: Pick<BoardRecordFragment, "at" | "ended">, today: Day, zone: string) {
  const first = dayOf(at, zone);
  const last = ended === null ? first : dayOf(ended, zone);
  return { from: addDays(first, -10), to: earlier(addDays(last, 4), today), day: first === last ? first : `${first}..${last}` };
}

function versionOf({ deployment, rollout }: BoardRecordFragment): string {
  if (deployment) return deployment.version ?? (deployment.commit ? shortCommit(deployment.commit) : "unknown version");
  return rollout?.version ?? (typeof rollout?.revision === "number" ? `revision ${rollout.revision}` : "unknown version");
}

function deploymentMark({ deployment, rollout, state }: BoardRecordFragment): RecordWords["mark"] {
  if (deployment?.rollback || rollout?.rollback) return { name: "warning", word: "rollback" };
  const [tone, word] = stateOf(state);
  return { name: tone, word };
}

function acknowledgedText({ at, incident }: BoardRecordFragment): string | undefined {
  if (!incident?.acknowledged) return undefined;
  return `acknowledged after ${spanWords((Date.parse(incident.acknowledged) - Date.parse(at)) / 1000)}`;
}

function dueText(due: string | null, ended: string | null, now: string, zone: string): { text: string; late: boolean } | undefined {
  if (due === null) return undefined;
  const until = ended ?? now;
  const day = shortDay(dayOf(due, zone));
  if (Date.parse(until) <= Date.parse(due)) return { text: `due ${day}`, late: false };
  const days = daysBetween(dayOf(due, zone), dayOf(until, zone));
  const by = days > 0 ? counted(days, "day") : spanWords((Date.parse(until) - Date.parse(due)) / 1000);
  return { text: `due ${day}, ${by} late`, late: true };
}

function facts(...all: (string | undefined)[]): string[] {
  return all.filter((text) => text !== undefined && text !== "") as string[];
}
