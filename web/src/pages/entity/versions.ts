/** Versions as layers of a chart; pure. */

/** A version with how many used it, bucket by bucket. */
export interface VersionLayer {
  version: string | null;
  points: { lastDay: string; value: number | null }[];
}

/** All others at the bottom, then the oldest version, the newest on top. */
export function sortedLayers<Layer extends VersionLayer>(layers: readonly Layer[]): Layer[] {
  return layers
    .filter(({ points }) => points.some(({ value }) => value))
    .toSorted((one, other) => {
      if (one.version === null || other.version === null) return one.version === other.version ? 0 : one.version === null ? -1 : 1;
      return compareVersions(one.version, other.version);
    });
}

/** By their numbers; what is the same in those by its text, an unfinished version before the finished one. */
export function compareVersions(one: string, other: string): number {
  const parse = (text: string): { numbers: number[]; rest: string } => {
    const [, core = "", rest = ""] = /^[^\d]*([\d.]*)(.*)$/s.exec(text) ?? [];
    return { numbers: core.split(".").map(Number), rest };
  };
  const [a, b] = [parse(one), parse(other)];
  for (let place = 0; place < Math.max(a.numbers.length, b.numbers.length); place += 1) {
    const difference = (a.numbers[place] ?? 0) - (b.numbers[place] ?? 0);
    if (difference !== 0) return difference;
  }
  if (a.rest === b.rest) return one < other ? -1 : one > other ? 1 : 0;
  if (a.rest === "") return 1;
  if (b.rest === "") return -1;
  return a.rest < b.rest ? -1 : 1;
}

/** One hue from pale, the oldest, to strong, the newest: the eye reads the migration, and needs no colours to tell. */
export function layerColour(version: string | null, place: number, layers: number): string {
  if (version === null) return "var(--line-strong)";
  const share = layers < 2 ? 1 : place / (layers - 1);
  return `color-mix(in oklab, var(--accent) ${Math.round(22 + share * 78)}%, var(--ground))`;
}
