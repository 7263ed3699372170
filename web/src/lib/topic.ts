/** What a timeline can be narrowed to: facets, of which it has changes, and kinds of events. */
import type { EventKind, Facet } from "../api/generated";
import { EVENT_KINDS, eventWords } from "./event";
import { wordOf } from "./text";

/** A facet or a kind of event. No word is both. */
export type Topic = Facet | EventKind;

/** The facets, in the order of the API. */
export const FACETS: readonly Facet[] = [
  "GENERAL",
  "RELATIONS",
  "DEPENDENCIES",
  "QUALITY",
  "CONFIGURATION",
  "KUBERNETES",
  "DOCUMENTATION",
  "PACKAGE",
];

/** Every topic: facets before kinds of events. */
export const TOPICS: readonly Topic[] = [...FACETS, ...EVENT_KINDS];

function isEventKind(topic: Topic): topic is EventKind {
  return (EVENT_KINDS as readonly Topic[]).includes(topic);
}

/** `Quality`, `Pull requests`. */
export function topicName(topic: Topic): string {
  return isEventKind(topic) ? eventWords(topic) : wordOf(topic);
}

/** The custom property with the colour of a topic. */
export function colourOf(topic: Topic): string {
  return `--lane-${topic.toLowerCase()}`;
}

/** The topics that are kept; none for all. Words that name none are left out. */
export function readTopics(text: string | undefined): Topic[] {
  const words = (text ?? "").toUpperCase().split(",");
  return TOPICS.filter((topic) => words.includes(topic));
}

/** The inverse of {@link readTopics}. */
export function writeTopics(topics: readonly Topic[]): string | undefined {
  return topics.length === 0 || topics.length === TOPICS.length ? undefined : topics.join(",").toLowerCase();
}

/** The topics with one more or one less; all, if none is left. */
export function toggledTopic(topics: readonly Topic[], topic: Topic): Topic[] {
  return topics.includes(topic)
    ? topics.filter((other) => other !== topic)
    : TOPICS.filter((other) => other === topic || topics.includes(other));
}

/** As the API takes them. Of what is not named it gives nothing, unless nothing at all is named. */
export function asked(topics: readonly Topic[]): { facets: Facet[] | null; events: EventKind[] | null } {
  const facets = FACETS.filter((facet) => topics.includes(facet));
  const events = EVENT_KINDS.filter((kind) => topics.includes(kind));
  return { facets: facets.length > 0 ? facets : null, events: events.length > 0 ? events : null };
}
