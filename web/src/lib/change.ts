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
}

/** What a change says. */
export function inWords({ field, key, before, after }: Pick<ChangePartsFragment, "field" | "key" | "before" | "after">): Described {
  const path = field.replace(/\[.*\]$/s, "");
  if (path === "general.ref") return describeEntity(before, after);
  if (path.startsWith("relations.") && key) {
    return { label: fieldName(path), before: before === null ? undefined : key, after: after === null ? undefined : key, step: undefined };
  }
  if (path === "general.definition" && key === "blob") {
    // Contents have no names but their ids, of which seven digits are as git shows them.
    const id = (value: unknown): string | undefined => (typeof value === "string" ? value.slice(0, 7) : undefined);
    return { label: "definition text", before: id(before), after: id(after), step: undefined };
  }
  const was = before === null ? undefined : fieldText(path, before);
  const is = after === null ? undefined : fieldText(path, after);
  return {
    label: fieldLabel(path, key),
    before: was,
    after: was !== undefined && was === is ? `${is}, ${whatElse(before, after)}` : is,
    step: was !== undefined && is !== undefined ? stepOf(was, is) : undefined,
  };
}

function describeEntity(before: unknown, after: unknown): Described {
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
