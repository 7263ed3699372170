/** What runs: how a workload is, in words and at a glance. */

/** What is said of the pods of a workload. */
export interface Pods {
  ready: number | null;
  desired: number | null;
  kind: string | null;
  suspended: boolean;
  conditions: readonly { type: string; reason: string | null }[];
}

/** How a workload is: nobody knows, all as it should be, some pods missing, all missing, at rest. */
export type Condition = "unknown" | "good" | "warning" | "bad" | "gone";

/** How a workload is. A CronJob has no pods between its runs; what is scaled to none rests. */
export function conditionOf({ ready, desired, kind, suspended, conditions }: Pods): Condition {
  if (suspended) return "gone";
  if (kind === "CronJob") return conditions.length > 0 ? "warning" : "good";
  if (desired === null) return ready === null ? "unknown" : ready > 0 ? "good" : "unknown";
  if (desired === 0) return "gone";
  if (ready === null) return "unknown";
  if (ready === 0) return "bad";
  return ready < desired || conditions.length > 0 ? "warning" : "good";
}

/** `3/3`; `–` for what is not known. */
export function podsText({ ready, desired }: { ready: number | null; desired: number | null }): string {
  if (ready === null && desired === null) return "–";
  return `${ready ?? "?"}/${desired ?? "?"}`;
}

/** The state of a workload in a word. */
export function conditionWord(pods: Pods): string {
  switch (conditionOf(pods)) {
    case "good":
      return pods.kind === "CronJob" ? "scheduled" : "ready";
    case "warning":
      return pods.conditions[0]?.reason ?? "not all ready";
    case "bad":
      return "none ready";
    case "gone":
      return pods.suspended ? "suspended" : "scaled to none";
    case "unknown":
      return "not known";
  }
}

/** The worst of several; of none nothing is known. */
export function worst(conditions: readonly Condition[]): Condition {
  const order: Condition[] = ["bad", "warning", "unknown", "good", "gone"];
  return order.find((each) => conditions.includes(each)) ?? "unknown";
}

/** `250 m`, `1.5 cores`. */
export function cores(millis: number): string {
  return millis < 1000 ? `${millis} m` : `${(millis / 1000).toLocaleString("en", { maximumFractionDigits: 2 })} cores`;
}

/** `256 MiB`, as a cluster counts. */
export function mebibytes(bytes: number): string {
  const mebi = bytes / 1_048_576;
  return mebi < 1024 ? `${Math.round(mebi)} MiB` : `${(mebi / 1024).toLocaleString("en", { maximumFractionDigits: 1 })} GiB`;
}

/** A facet's fields as an object: `nodes[a]` is the entry `a` of `nodes`. */
export function fieldsOf(fields: readonly { field: string; value: unknown }[]): {
  text: (name: string) => string | undefined;
  entries: (name: string) => [key: string, value: unknown][];
} {
  const single = new Map<string, unknown>();
  const keyed = new Map<string, [string, unknown][]>();
  for (const { field, value } of fields) {
    const [, name, key] = /^([A-Za-z]+)\[(.*)\]$/s.exec(field) ?? [];
    if (name === undefined || key === undefined) single.set(field, value);
    else keyed.set(name, [...(keyed.get(name) ?? []), [key, value]]);
  }
  return {
    text: (name) => {
      const value = single.get(name);
      return typeof value === "string" || typeof value === "number" ? String(value) : undefined;
    },
    entries: (name) => {
      const whole = single.get(name);
      const inside = typeof whole === "object" && whole !== null && !Array.isArray(whole) ? Object.entries(whole) : [];
      return [...inside, ...(keyed.get(name) ?? [])];
    },
  };
}

/** The tag of an image; of one named by digest the beginning of that. */
export function tagOf(image: string | undefined): string {
  if (!image) return "";
  const [name = "", digest] = image.split("@");
  if (digest) return digest.slice(0, 19);
  const last = name.split("/").at(-1) ?? "";
  return last.includes(":") ? (last.split(":").at(-1) ?? "") : "latest";
}
