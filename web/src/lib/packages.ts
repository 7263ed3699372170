/** How packages age, in words and in order of how much it hurts. Pure. */
import type { AdvisoryPartsFragment, Behind, Severity, SupportState } from "../api/generated";
import { shortDay } from "./moment";
import { counted, decimal, percent } from "./text";

/** From the mildest to the gravest. */
export const SEVERITIES: readonly Severity[] = ["LOW", "MODERATE", "HIGH", "CRITICAL"];

/** The gravest severity of some weaknesses; null if none of them says; nothing if there are none. */
export function worstSeverity(advisories: readonly Pick<AdvisoryPartsFragment, "severity">[]): Severity | null | undefined {
  if (advisories.length === 0) return undefined;
  return SEVERITIES.findLast((severity) => advisories.some((each) => each.severity === severity)) ?? null;
}

/** The gravest first; those of the same severity by score, then id. */
export function byGravity<Each extends Pick<AdvisoryPartsFragment, "id" | "severity" | "score">>(advisories: readonly Each[]): Each[] {
  return [...advisories].sort(
    (one, other) =>
      gravity(other.severity) - gravity(one.severity) || (other.score ?? 0) - (one.score ?? 0) || (one.id < other.id ? -1 : 1),
  );
}

function gravity(severity: Severity | null | undefined): number {
  return severity ? SEVERITIES.indexOf(severity) + 1 : 0;
}

/** What of a use tells how much it hurts. */
export interface Hurting {
  name: string;
  manifest: string;
  direct: boolean | null;
  behind: Behind | null;
  libyears: number | null;
  deprecated: string | null;
  endOfLife: { state: SupportState } | null;
  /** Null if nobody was asked. */
  advisories: readonly Pick<AdvisoryPartsFragment, "severity">[] | null;
}

const STEPS: readonly Behind[] = ["CURRENT", "PATCH", "MINOR", "MAJOR"];

/**
 * What hurts most first: weaknesses by severity, then what is out of support, then what is deprecated, then how far it is
 * behind. What the project declares itself stands before what came with it: that is what one can change.
 */
export function byHurt<Use extends Hurting>(uses: readonly Use[]): Use[] {
  const keys = new Map(uses.map((use) => [use, hurt(use)]));
  return [...uses].sort((one, other) => {
    const [a, b] = [keys.get(one) ?? [], keys.get(other) ?? []];
    for (let place = 0; place < a.length; place += 1) {
      const difference = (b[place] ?? 0) - (a[place] ?? 0);
      if (difference !== 0) return difference;
    }
    return one.name < other.name ? -1 : one.name > other.name ? 1 : one.manifest < other.manifest ? -1 : 1;
  });
}

function hurt({ advisories, endOfLife, deprecated, behind, libyears, direct }: Hurting): number[] {
  const worst = worstSeverity(advisories ?? []);
  return [
    worst === undefined ? 0 : 1 + gravity(worst),
    endOfLife?.state === "ENDED" ? 2 : endOfLife?.state === "ENDING" ? 1 : 0,
    deprecated === null ? 0 : 1,
    direct === true ? 1 : 0,
    behind === null ? -1 : STEPS.indexOf(behind),
    libyears ?? 0,
  ];
}

/** `a major version behind`, `up to date`. */
export function behindText(behind: Behind | null, releases?: number | null): string {
  const behindBy = releases ? ` (${counted(releases, "release")})` : "";
  switch (behind) {
    case "MAJOR":
    case "MINOR":
      return `a ${behind.toLowerCase()} version behind${behindBy}`;
    case "PATCH":
      return `a patch behind${behindBy}`;
    case "CURRENT":
      return "up to date";
    case null:
      return "how far it is behind is not known";
  }
}

/** `supported until 30 Apr 2027`, `out of support since 11 Sep 2023`. */
export function supportText({ state, date }: { state: SupportState; date: string | null }): string {
  const day = date ? shortDay(date.slice(0, 10)) : undefined;
  switch (state) {
    case "ENDED":
      return day ? `out of support since ${day}` : "out of support";
    case "ENDING":
      return day ? `support ends on ${day}` : "support ends soon";
    case "SUPPORTED":
      return day ? `supported until ${day}` : "supported";
    case "UNKNOWN":
      return "not known how long it is supported";
  }
}

/** What is counted of the packages of something. */
export interface Counts {
  packages: number;
  known: number;
  outdated: number;
  share: number | null;
}

/** `12 of 40`: how many of those of which it is known. */
export function outdatedText({ known, outdated }: Pick<Counts, "known" | "outdated">): string {
  return known === 0 ? "not known" : `${outdated.toLocaleString("en")} of ${known.toLocaleString("en")}`;
}

/** All that is known in a sentence: for a tip, and for those who cannot see a bar. */
export function outdatedSentence(
  counts: Counts & { major: number; minor: number; patch: number; unknown: number; libyears: number | null },
): string {
  const { known, share, major, minor, patch, unknown, libyears } = counts;
  if (known === 0) return `Of ${counted(counts.packages, "package")} it is not known how far they are behind.`;
  const steps = [
    [major, "a major version"],
    [minor, "a minor version"],
    [patch, "a patch"],
  ] as const;
  const told = steps.filter(([number]) => number > 0).map(([number, words]) => `${number.toLocaleString("en")} by ${words}`);
  return [
    `${outdatedText(counts)} behind${share === null ? "" : ` (${percent(share, 0)})`}${told.length > 0 ? `: ${told.join(", ")}` : ""}`,
    libyears === null ? "" : `${decimal(libyears)} libyears in all`,
    unknown > 0 ? `${unknown.toLocaleString("en")} not known` : "",
  ]
    .filter(Boolean)
    .join("; ")
    .concat(".");
}

/** The name of a package without its ecosystem: `express` of `npm/express`. */
export function bareName(name: string): string {
  const slash = name.indexOf("/");
  return slash < 0 ? name : name.slice(slash + 1);
}

/** Where a published weakness is described: at OSV, which knows all of them by their id. */
export function advisoryUrl(id: string): string | undefined {
  return /^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(id) ? `https://osv.dev/vulnerability/${id}` : undefined;
}
