/** A change in words: what it is about, what was, what is. */
import type { ChangePartsFragment } from "../api/generated";
import { nameOf, parseRef } from "./entity";
import { fieldLabel, fieldName, fieldText, valueText } from "./value";

/** A change, ready to be shown. Before and after are texts; refs among them stand in `links` too. */
export interface Described {
  label: string;
  before: string | undefined;
  after: string | undefined;
  /** The size of a step between two versions, where both are versions: `major`, `minor`, `patch`. */
  step: "major" | "minor" | "patch" | undefined;
  /** What was, or what is, is trouble: it must not look like something gained. */
  trouble: { before: boolean; after: boolean };
}

/** What a change says. */
export function inWords({ field, key, before, after }: Pick<ChangePartsFragment, "field" | "key" | "before" | "after">): Described {
  const path = field.replace(/\[.*\]$/s, "");
  return { ...valuesOf(path, key, before, after), trouble: { before: isTrouble(path, before), after: isTrouble(path, after) } };
}

type Values = Omit<Described, "trouble">;

function valuesOf(path: string, key: string | null, before: unknown, after: unknown): Values {
  if (path === "general.ref") return describeEntity(before, after);
  if (path.startsWith("relations.") && key) {
    return { label: fieldName(path), before: before === null ? undefined : key, after: after === null ? undefined : key, step: undefined };
  }
  if (path === "general.definition" && key === "blob") {
    // Contents have no names but their ids, of which seven digits are as git shows them.
    const id = (value: unknown): string | undefined => (typeof value === "string" ? value.slice(0, 7) : undefined);
    return { label: "definition text", before: id(before), after: id(after), step: undefined };
  }
  const label = fieldLabel(path, key);
  const was = before === null ? undefined : fieldText(path, before);
  const is = after === null ? undefined : fieldText(path, after);
  if (was === undefined || was !== is) {
    return { label, before: was, after: is, step: was !== undefined && is !== undefined ? stepOf(was, is) : undefined };
  }
  // Figures that are the same when they are rounded are told with as many digits as it takes to tell them apart.
  for (const digits of [2, 3, 4, 6, 9]) {
    const [exactly, now] = [fieldText(path, before, digits), fieldText(path, after, digits)];
    if (exactly !== now) return { label, before: exactly, after: now, step: undefined };
  }
  return { label, before: was, after: `${is}, ${whatElse(before, after)}`, step: undefined };
}

/** What nobody wants to see come: conditions that are not met, a failed gate, published weaknesses. */
function isTrouble(path: string, value: unknown): boolean {
  if (path === "quality.gate") return value === "failed";
  if (path === "quality.failedConditions") return Array.isArray(value) && value.length > 0;
  return (path === "package.advisories" || path === "package.deprecated") && value !== null;
}

function describeEntity(before: unknown, after: unknown): Values {
  const [was, is] = [typeof before === "string" ? before : undefined, typeof after === "string" ? after : undefined];
  if (was === undefined) return { label: "appeared", before: undefined, after: is, step: undefined };
  if (is === undefined) return { label: "ended", before: was, after: undefined, step: undefined };
  return { label: "renamed", before: was, after: is, step: undefined };
}

/** What differs between two values that are the same in short: a document by its text, a package by its scope. */
function whatElse(before: unknown, after: unknown): string {
  const [was, is] = [before, after].map((value) => (typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {}));
  const names = Object.keys({ ...was, ...is }).filter((name) => JSON.stringify(was?.[name]) !== JSON.stringify(is?.[name]));
  const told = names.filter((name) => name !== "blob").map((name) => `${fieldName(name)} ${valueText(is?.[name])}`);
  return told.length > 0 ? told.join(", ") : "rewritten";
}

/** Which part of a semantic version moved, up or down; nothing if one of the two is none. */
export function stepOf(before: string, after: string): Described["step"] {
  const parse = (text: string): string[] | undefined => /^v?(\d+)\.(\d+)\.(\d+)(?:[-+].*)?$/.exec(text)?.slice(1);
  const [from, to] = [parse(before), parse(after)];
  if (!from || !to) return undefined;
  if (from[0] !== to[0]) return "major";
  if (from[1] !== to[1]) return "minor";
  return from[2] === to[2] ? undefined : "patch";
}

/** A change as one line of text, such as for a chat message. */
export function changeText(change: Pick<ChangePartsFragment, "field" | "key" | "before" | "after">): string {
  const { label, before, after, step } = inWords(change);
  if (label === "appeared" || label === "ended") return label;
  return `${label}  ${before ?? "none"} -> ${after ?? "none"}${step ? ` (${step})` : ""}`;
}

/** A value without the kind of its ref: `billing` for `team:billing`. */
export function withoutKind(text: string): string {
  return parseRef(text) ? nameOf(text) : text;
}
