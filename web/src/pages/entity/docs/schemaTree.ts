/**
 * JSON schemas as trees that are read one level at a time. References lead to other places of the same document; one that
 * leads back to itself, to nowhere or to another file says so and has nothing below it.
 */

/** Deeper than this nothing is read. */
export const MAX_DEPTH = 24;

/** One thing of a schema: a property, an item, an alternative. */
export interface SchemaNode {
  /** The property, or how it belongs to what is above: `items`, `one of`. */
  name: string;
  /** `string`, `array of Line`, `Account`. */
  type: string;
  isRequired: boolean;
  isDeprecated: boolean;
  description: string | undefined;
  /** Format, limits, values, default: in words. */
  notes: string[];
  /** Why there is nothing below, where one would expect something. */
  problem: string | undefined;
  /** What is below; made when it is asked for. */
  children: () => SchemaNode[];
  hasChildren: boolean;
}

type Json = Record<string, unknown>;

/** Whether a value is an object of JSON. */
export function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The text of a field; nothing if it is none. */
export function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** The objects of a list; nothing else. */
export function objectsOf(value: unknown): Json[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

/** What a local JSON pointer, such as `#/components/schemas/Account`, leads to. */
export function atPointer(root: unknown, pointer: string): unknown {
  if (pointer === "#") return root;
  if (!pointer.startsWith("#/")) return undefined;
  let found: unknown = root;
  for (const raw of pointer.slice(2).split("/")) {
    const step = decoded(raw).replaceAll("~1", "/").replaceAll("~0", "~");
    if (typeof found !== "object" || found === null || !Object.hasOwn(found, step)) return undefined;
    found = (found as Json)[step];
  }
  return found;
}

/** A value with its reference followed, and the references that were passed; `problem` if it leads nowhere. */
export function followed(value: unknown, root: unknown): { value: unknown; passed: string[]; problem: string | undefined } {
  const passed: string[] = [];
  let found = value;
  while (isObject(found) && typeof found.$ref === "string") {
    const reference = found.$ref;
    if (passed.includes(reference)) return { value: undefined, passed, problem: "refers to itself" };
    passed.push(reference);
    if (!reference.startsWith("#")) return { value: undefined, passed, problem: `is in another file, ${reference}` };
    found = atPointer(root, reference);
    if (found === undefined) return { value: undefined, passed, problem: `${reference} is not in this document` };
  }
  return { value: found, passed, problem: undefined };
}

/** The tree of a schema. `above` are the references that were followed on the way to it. */
export function schemaNode(
  name: string,
  schema: unknown,
  root: unknown,
  { isRequired = false, above = [], depth = 0 }: { isRequired?: boolean; above?: readonly string[]; depth?: number } = {},
): SchemaNode {
  const { value, passed, problem: lost } = followed(schema, root);
  const reference = passed.at(-1);
  const called = reference === undefined ? undefined : lastStep(reference);
  const isCycle = passed.some((each) => above.includes(each));
  const body = isObject(value) ? value : {};
  const parts = lost || isCycle ? [] : partsOf(body);
  const tooDeep = depth >= MAX_DEPTH && parts.length > 0;
  const problem = lost ?? (isCycle ? `${called ?? "it"} again, as above` : tooDeep ? "goes deeper than is shown" : undefined);
  const beneath = { above: [...above, ...passed], depth: depth + 1 };
  return {
    name,
    type: typeName(body, called, root, value),
    isRequired,
    isDeprecated: body.deprecated === true,
    // What stands beside a reference is about this use of it.
    description: (isObject(schema) ? textOf(schema.description) : undefined) ?? textOf(body.description),
    notes: notesOf(body),
    problem,
    hasChildren: problem === undefined && parts.length > 0,
    children: () =>
      problem === undefined
        ? parts.map((part) => schemaNode(part.name, part.schema, root, { isRequired: part.isRequired ?? false, ...beneath }))
        : [],
  };
}

interface Part {
  name: string;
  schema: unknown;
  isRequired?: boolean;
}

function partsOf(body: Json): Part[] {
  const parts: Part[] = [];
  const required = new Set(Array.isArray(body.required) ? body.required : []);
  if (isObject(body.properties)) {
    for (const [name, schema] of Object.entries(body.properties)) parts.push({ name, schema, isRequired: required.has(name) });
  }
  if (isObject(body.patternProperties)) {
    for (const [pattern, schema] of Object.entries(body.patternProperties)) parts.push({ name: `/${pattern}/`, schema });
  }
  if (isObject(body.additionalProperties) && Object.keys(body.additionalProperties).length > 0) {
    parts.push({ name: "any other", schema: body.additionalProperties });
  }
  for (const list of [body.prefixItems, body.items]) {
    if (Array.isArray(list)) parts.push(...list.map((schema: unknown, place) => ({ name: `item ${place + 1}`, schema })));
  }
  if (isObject(body.items)) parts.push({ name: "each item", schema: body.items });
  for (const [field, name] of [
    ["allOf", "all of"],
    ["oneOf", "one of"],
    ["anyOf", "any of"],
  ] as const) {
    const list = body[field];
    if (Array.isArray(list)) for (const schema of list) parts.push({ name, schema });
  }
  if (isObject(body.not)) parts.push({ name: "not", schema: body.not });
  return parts;
}

// A list of lists of lists is named so far; YAML can build one that contains itself.
const NAMED_LISTS = 4;

function typeName(body: Json, called: string | undefined, root: unknown, value: unknown, lists = 0): string {
  if (typeof value === "boolean") return value ? "anything" : "nothing";
  if (called !== undefined) return called;
  const { type } = body;
  const plain = Array.isArray(type) ? type.filter((each) => typeof each === "string").join(" or ") : textOf(type);
  if ((plain === "array" || plain === undefined) && isObject(body.items)) {
    const inner = isObject(body.items) && typeof body.items.$ref === "string" ? lastStep(body.items.$ref) : undefined;
    const item = followed(body.items, root).value;
    return `array of ${inner ?? (isObject(item) && lists < NAMED_LISTS ? typeName(item, undefined, root, item, lists + 1) : "anything")}`;
  }
  if (plain !== undefined) return plain;
  if (isObject(body.properties)) return "object";
  for (const [field, name] of [
    ["oneOf", "one of"],
    ["anyOf", "any of"],
    ["allOf", "all of"],
  ] as const) {
    const list = body[field];
    if (Array.isArray(list)) return `${name} ${list.length}`;
  }
  if (Array.isArray(body.enum)) return "value";
  return "anything";
}

const LIMITS: [string, string][] = [
  ["minimum", "at least"],
  ["exclusiveMinimum", "more than"],
  ["maximum", "at most"],
  ["exclusiveMaximum", "less than"],
  ["multipleOf", "multiple of"],
  ["minLength", "shortest"],
  ["maxLength", "longest"],
  ["minItems", "fewest items"],
  ["maxItems", "most items"],
  ["pattern", "matches"],
];

function notesOf(body: Json): string[] {
  const notes: string[] = [];
  const format = textOf(body.format);
  if (format) notes.push(format);
  if (body.nullable === true) notes.push("may be null");
  if (body.readOnly === true) notes.push("read only");
  if (body.writeOnly === true) notes.push("write only");
  if (body.uniqueItems === true) notes.push("no item twice");
  if (Array.isArray(body.enum)) notes.push(`one of ${body.enum.slice(0, 24).map(asText).join(", ")}${body.enum.length > 24 ? ", …" : ""}`);
  if (body.const !== undefined) notes.push(`always ${asText(body.const)}`);
  if (body.default !== undefined) notes.push(`default ${asText(body.default)}`);
  for (const [field, words] of LIMITS) {
    const limit = body[field];
    if (typeof limit === "number" || typeof limit === "string") notes.push(`${words} ${limit}`);
  }
  return notes;
}

function asText(value: unknown): string {
  const text = typeof value === "string" ? value : (safeJson(value) ?? String(value));
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}

// YAML can build values that contain themselves; they have no JSON.
function safeJson(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch {
    return undefined;
  }
}

function lastStep(reference: string): string {
  const step = reference.split("/").at(-1) ?? reference;
  return decoded(step).replaceAll("~1", "/").replaceAll("~0", "~");
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
