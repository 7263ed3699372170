/** What can be done with an API, from OpenAPI 2 and 3 and AsyncAPI 2 and 3, in one shape. */
import { followed, isObject, objectsOf, textOf } from "./schemaTree";

/** An API as its definition describes it. */
export interface ApiDescription {
  /** `OpenAPI 3.0.3`, `AsyncAPI 2.6.0`. */
  format: string;
  title: string | undefined;
  version: string | undefined;
  description: string | undefined;
  servers: string[];
  groups: Group[];
  /** Named schemas. */
  schemas: { name: string; schema: unknown }[];
  /** The whole document, in which references are looked up. */
  root: unknown;
}

/** A path or a channel with what can be done there. */
export interface Group {
  name: string;
  description: string | undefined;
  operations: Operation[];
}

/** One thing that can be done. */
export interface Operation {
  /** `GET`, `SEND`, `RECEIVE`. */
  method: string;
  summary: string | undefined;
  description: string | undefined;
  id: string | undefined;
  isDeprecated: boolean;
  parameters: Parameter[];
  /** What is sent and what comes back. */
  bodies: Body[];
}

/** A parameter of an operation. */
export interface Parameter {
  name: string;
  /** `path`, `query`, `header`, `cookie`, `channel`. */
  place: string;
  isRequired: boolean;
  isDeprecated: boolean;
  description: string | undefined;
  schema: unknown;
}

/** What is sent or received: `Request application/json`, `Response 200 application/json`. */
export interface Body {
  label: string;
  mediaType: string | undefined;
  description: string | undefined;
  schema: unknown;
  problem: string | undefined;
}

type Json = Record<string, unknown>;

const METHODS = ["get", "put", "post", "delete", "options", "head", "patch", "trace", "query"];

/** Reads a definition; nothing if it is neither OpenAPI nor AsyncAPI. */
export function readApi(root: unknown): ApiDescription | undefined {
  if (!isObject(root)) return undefined;
  const openapi = versionText(root.openapi) ?? versionText(root.swagger);
  const asyncapi = versionText(root.asyncapi);
  if (openapi === undefined && asyncapi === undefined) return undefined;
  const info = isObject(root.info) ? root.info : {};
  const common = {
    title: textOf(info.title),
    version: versionText(info.version),
    description: textOf(info.description),
    root,
  };
  if (openapi !== undefined) {
    return {
      format: root.openapi === undefined ? `Swagger ${openapi}` : `OpenAPI ${openapi}`,
      ...common,
      servers: openServers(root),
      groups: openGroups(root),
      schemas: named(isObject(root.components) ? root.components.schemas : root.definitions),
    };
  }
  return {
    format: `AsyncAPI ${asyncapi}`,
    ...common,
    servers: isObject(root.servers)
      ? Object.values(root.servers)
          .filter(isObject)
          .map(asyncServer)
          .filter((text) => text !== "")
      : [],
    groups: asyncapi?.startsWith("3") ? asyncGroups3(root) : asyncGroups2(root),
    schemas: named(isObject(root.components) ? root.components.schemas : undefined),
  };
}

/** How many operations there are. */
export function operationCount({ groups }: ApiDescription): number {
  return groups.reduce((sum, group) => sum + group.operations.length, 0);
}

function openServers(root: Json): string[] {
  if (Array.isArray(root.servers)) return objectsOf(root.servers).flatMap(({ url }) => textOf(url) ?? []);
  const host = textOf(root.host);
  return host ? [`${host}${textOf(root.basePath) ?? ""}`] : [];
}

function openGroups(root: Json): Group[] {
  const groups: Group[] = [];
  for (const [kind, prefix] of [
    ["paths", ""],
    ["webhooks", "webhook "],
  ] as const) {
    const paths = root[kind];
    if (!isObject(paths)) continue;
    for (const [path, raw] of Object.entries(paths)) {
      const item = followed(raw, root).value;
      if (!isObject(item)) continue;
      const shared = parametersOf(item.parameters, root);
      const operations = METHODS.flatMap((method) => {
        const operation = item[method];
        return isObject(operation) ? [openOperation(method, operation, shared, root)] : [];
      });
      if (operations.length > 0)
        groups.push({ name: prefix + path, description: textOf(item.description) ?? textOf(item.summary), operations });
    }
  }
  return groups;
}

function openOperation(method: string, operation: Json, shared: Json[], root: Json): Operation {
  const own = parametersOf(operation.parameters, root);
  const overridden = new Set(own.map(({ name, in: place }) => `${String(place)} ${String(name)}`));
  const all = [...shared.filter(({ name, in: place }) => !overridden.has(`${String(place)} ${String(name)}`)), ...own];
  const isBody = (parameter: Json): boolean => parameter.in === "body" || parameter.in === "formData";
  const bodies: Body[] = all.filter(isBody).map((parameter) => ({
    label: "Request",
    mediaType: parameter.in === "formData" ? `form field ${textOf(parameter.name) ?? ""}` : undefined,
    description: textOf(parameter.description),
    schema: parameter.schema ?? parameter,
    problem: undefined,
  }));
  const request = followed(operation.requestBody, root);
  if (operation.requestBody !== undefined) bodies.push(...contentsOf("Request", request.value, root, request.problem));
  if (isObject(operation.responses)) {
    for (const [status, raw] of Object.entries(operation.responses)) {
      const response = followed(raw, root);
      bodies.push(
        ...contentsOf(status === "default" ? "Any other response" : `Response ${status}`, response.value, root, response.problem),
      );
    }
  }
  return {
    method: method.toUpperCase(),
    summary: textOf(operation.summary),
    description: textOf(operation.description),
    id: textOf(operation.operationId),
    isDeprecated: operation.deprecated === true,
    parameters: all.filter((parameter) => !isBody(parameter)).map(parameterOf),
    bodies,
  };
}

function contentsOf(label: string, value: unknown, root: Json, problem: string | undefined): Body[] {
  const body = isObject(value) ? value : {};
  const description = textOf(body.description);
  const media = isObject(body.content) ? Object.entries(body.content) : [];
  if (media.length === 0) return [{ label, mediaType: undefined, description, schema: body.schema, problem }] as Body[];
  return media.map(([mediaType, content]) => {
    const inner = followed(content, root);
    return {
      label,
      mediaType,
      description,
      schema: isObject(inner.value) ? inner.value.schema : undefined,
      problem: problem ?? inner.problem,
    } as Body;
  });
}

function parametersOf(list: unknown, root: Json): Json[] {
  if (!Array.isArray(list)) return [];
  return list.map((raw) => followed(raw, root).value).filter(isObject);
}

function parameterOf(parameter: Json): Parameter {
  const content = isObject(parameter.content) ? Object.values(parameter.content).find(isObject) : undefined;
  return {
    name: textOf(parameter.name) ?? "without a name",
    place: textOf(parameter.in) ?? "somewhere",
    isRequired: parameter.required === true,
    isDeprecated: parameter.deprecated === true,
    description: textOf(parameter.description),
    // In Swagger 2 a parameter is its own schema.
    schema: parameter.schema ?? content?.schema ?? parameter,
  };
}

function asyncServer(server: Json): string {
  return textOf(server.url) ?? `${textOf(server.host) ?? ""}${textOf(server.pathname) ?? ""}`;
}

function asyncGroups2(root: Json): Group[] {
  if (!isObject(root.channels)) return [];
  return Object.entries(root.channels).flatMap(([name, raw]) => {
    const channel = followed(raw, root).value;
    if (!isObject(channel)) return [];
    const parameters = channelParameters(channel, root);
    // In AsyncAPI 2 the words are those of the reader: who publishes here is received by the application.
    const operations = (["publish", "subscribe"] as const).flatMap((action) => {
      const operation = channel[action];
      return isObject(operation)
        ? [asyncOperation(action.toUpperCase(), operation, parameters, messagesOf(operation.message, root), root)]
        : [];
    });
    return operations.length > 0 ? [{ name, description: textOf(channel.description), operations }] : [];
  });
}

function asyncGroups3(root: Json): Group[] {
  const channels = isObject(root.channels) ? root.channels : {};
  const groups = new Map<string, Group>();
  const groupOf = (key: string, channel: Json): Group => {
    let group = groups.get(key);
    if (!group) {
      group = { name: textOf(channel.address) ?? key, description: textOf(channel.description) ?? textOf(channel.summary), operations: [] };
      groups.set(key, group);
    }
    return group;
  };
  const operations = isObject(root.operations) ? root.operations : {};
  for (const [id, raw] of Object.entries(operations)) {
    const operation = followed(raw, root).value;
    if (!isObject(operation)) continue;
    const { value, passed, problem } = followed(operation.channel, root);
    const channel = isObject(value) ? value : {};
    const key = passed.at(-1)?.split("/").at(-1) ?? (problem === undefined ? "no channel" : `a channel that ${problem}`);
    const messages = Array.isArray(operation.messages)
      ? operation.messages.map((message) => followed(message, root))
      : isObject(channel.messages)
        ? Object.values(channel.messages).map((message) => followed(message, root))
        : [];
    const named = { operationId: id, ...operation };
    groupOf(key, channel).operations.push(
      asyncOperation((textOf(operation.action) ?? "operation").toUpperCase(), named, channelParameters(channel, root), messages, root),
    );
  }
  for (const [key, raw] of Object.entries(channels)) {
    const channel = followed(raw, root).value;
    if (!isObject(channel) || groups.has(key) || !isObject(channel.messages)) continue;
    const messages = Object.values(channel.messages).map((message) => followed(message, root));
    groupOf(key, channel).operations.push(asyncOperation("MESSAGES", {}, channelParameters(channel, root), messages, root));
  }
  return [...groups.values()];
}

type Followed = ReturnType<typeof followed>;

function messagesOf(message: unknown, root: Json): Followed[] {
  if (message === undefined) return [];
  const found = followed(message, root);
  if (isObject(found.value) && Array.isArray(found.value.oneOf)) return found.value.oneOf.map((each) => followed(each, root));
  return [found];
}

function asyncOperation(method: string, operation: Json, parameters: Parameter[], messages: Followed[], root: Json): Operation {
  return {
    method,
    summary: textOf(operation.summary) ?? textOf(operation.title),
    description: textOf(operation.description),
    id: textOf(operation.operationId),
    isDeprecated: operation.deprecated === true,
    parameters,
    bodies: messages.map(({ value, problem }) => {
      const message = isObject(value) ? value : {};
      const payload = isObject(message.payload) && "schemaFormat" in message.payload ? message.payload.schema : message.payload;
      return {
        label: `Message ${textOf(message.title) ?? textOf(message.name) ?? textOf(message.messageId) ?? ""}`.trim(),
        mediaType: textOf(message.contentType) ?? textOf(root.defaultContentType),
        description: textOf(message.summary) ?? textOf(message.description),
        schema: payload,
        problem,
      };
    }),
  };
}

function channelParameters(channel: Json, root: Json): Parameter[] {
  if (!isObject(channel.parameters)) return [];
  return Object.entries(channel.parameters).map(([name, raw]) => {
    const parameter = followed(raw, root).value;
    const body = isObject(parameter) ? parameter : {};
    return {
      name,
      place: "channel",
      isRequired: true,
      isDeprecated: false,
      description: textOf(body.description),
      schema: body.schema ?? body,
    };
  });
}

function named(schemas: unknown): { name: string; schema: unknown }[] {
  return isObject(schemas) ? Object.entries(schemas).map(([name, schema]) => ({ name, schema })) : [];
}

// YAML reads an unquoted 2.0 as a number.
function versionText(value: unknown): string | undefined {
  if (typeof value === "number") return Number.isInteger(value) ? value.toFixed(1) : String(value);
  return textOf(value);
}
