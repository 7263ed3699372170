/** What about an entity needs a person's attention. */
import { nameOf } from "../../lib/entity";
import { type Condition, conditionText } from "../../lib/quality";
import { counted } from "../../lib/text";
import { valueText } from "../../lib/value";
import type { StateName } from "../../ui/State";
import type { EntityAnswer } from "./answer";
import { disputed, factName } from "./facts";

/** One thing to see to: its state, what is the case, and what to do about it. */
export interface Notice {
  id: string;
  state: StateName;
  title: string;
  text: string;
}

// People and teams answer for themselves, packages belong to those who publish them.
const OWNED = new Set(["SERVICE", "REPOSITORY", "SYSTEM", "API", "RESOURCE", "DOMAIN"]);

/** What needs attention, the gravest first; nothing if all is well. */
export function attention(
  entity: Pick<EntityAnswer, "kind" | "name" | "state" | "status" | "owners" | "facets" | "facts" | "usedBy"> & Partial<Health>,
): Notice[] {
  const notices: Notice[] = [];
  const { kind, name, state, status, owners, facets, facts, usedBy } = entity;
  if (status === "archived") {
    notices.push({ id: "archived", state: "gone", title: "Archived.", text: "Its source says that nobody works on it any more." });
  }
  if (status === "deprecated") {
    notices.push({
      id: "deprecated",
      state: "warning",
      title: "Deprecated.",
      text:
        usedBy.length > 0
          ? `Do not start to use it. ${counted(usedBy.length, "entity still does", "entities still do")}.`
          : "Do not start to use it. Nothing declares to use it any more.",
    });
  }
  if (state === "REFERENCED" && kind !== "PACKAGE") {
    notices.push({
      id: "referenced",
      state: "unknown",
      title: "Only mentioned by others.",
      text: `No source defines ${name}. Either a name is mistyped where it is mentioned, or its own descriptor is missing.`,
    });
  } else if (owners.length === 0 && kind !== null && OWNED.has(kind)) {
    notices.push({
      id: "unowned",
      state: "warning",
      title: "Nobody owns it.",
      text: "No owner was found in catalog-info.yaml or CODEOWNERS. Name one there, and it is here after the next run.",
    });
  }
  for (const owner of owners) {
    if (owner.state === "DEFINED") continue;
    notices.push({
      id: `owner-${owner.ref}`,
      state: "unknown",
      title: `Its owner ${owner.name} is not known.`,
      text: "No source defines that team: its name may be mistyped, or it has been dissolved.",
    });
  }
  for (const fact of disputed(facts)) {
    const others = fact.disagreements.map(({ value, saidBy }) => `${saidBy.origin} says ${short(value)}`);
    notices.push({
      id: `disputed-${fact.path}`,
      state: "warning",
      title: `Sources disagree about ${factName(fact)}.`,
      text: `${fact.saidBy.origin} says ${short(fact.value)} and wins; ${others.join("; ")}.`,
    });
  }
  notices.push(...healthNotices(entity));
  const stale = facets.filter((facet) => facet.stale);
  if (stale.length > 0) {
    notices.push({
      id: "stale",
      state: "stale",
      title: `${counted(stale.length, "facet")} not confirmed lately.`,
      text: "The source missed at least two of its runs. What is shown is what it said last.",
    });
  }
  return notices;
}

/** What only some kinds have: what is measured, and how old the packages are. */
interface Health {
  quality: { gate: string | null; failedConditions: Condition[] } | null;
  allOutdated: { endOfLife: number | null } | null;
  /** Of a package: why it should not be used any more. */
  deprecated: string | null;
  usesCount: number;
}

function healthNotices({ kind, quality, allOutdated, deprecated, usesCount }: Partial<Health> & { kind: string | null }): Notice[] {
  const notices: Notice[] = [];
  if (quality?.gate === "FAILED") {
    const [first, ...others] = quality.failedConditions.map(conditionText);
    const more = others.length > 0 ? `, and ${counted(others.length, "other condition is", "other conditions are")} not met` : "";
    notices.push({
      id: "gate",
      state: "bad",
      title: "The quality gate failed.",
      text: first ? `${first}${more}.` : "SonarQube says on what.",
    });
  }
  if (allOutdated?.endOfLife) {
    notices.push({
      id: "endoflife",
      state: "bad",
      title: "Out of support.",
      text: `${counted(allOutdated.endOfLife, "runtime or base image that it uses gets", "runtimes or base images that it uses get")} no security fixes any more.`,
    });
  }
  if (kind === "PACKAGE" && deprecated) {
    const still = usesCount ? ` ${counted(usesCount, "manifest still uses", "manifests still use")} it.` : "";
    notices.push({ id: "deprecated-package", state: "warning", title: "Deprecated.", text: `${deprecated.replace(/\.?$/, ".")}${still}` });
  }
  return notices;
}

function short(value: unknown): string {
  const text = valueText(value)
    .split(", ")
    .map((item) => nameOf(item))
    .join(", ");
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
}
