import { describe, expect, it } from "vitest";
import { readTypes } from "./graphqlTypes";
import { readApi } from "./operations";
import { parseYaml } from "./parse";

const read = (text: string) => readApi(parseYaml(text).value);

describe("operations", () => {
  it("of OpenAPI 3 stand under their path, with what they share", () => {
    const api = read(`
openapi: 3.1.0
info: { title: Ledger, version: 2.0 }
paths:
  /a/{id}:
    parameters: [{ name: id, in: path, required: true }, { name: x, in: query }]
    get:
      parameters: [{ name: x, in: query, required: true }, { $ref: "#/nowhere" }]
      responses: { 200: { content: { application/json: { schema: { type: string } } } }, 404: { $ref: "#/components/responses/None" } }
`);
    expect(api).toMatchObject({ format: "OpenAPI 3.1.0", title: "Ledger", version: "2.0" });
    const [get] = api?.groups[0]?.operations ?? [];
    expect(get?.parameters.map(({ name, isRequired }) => [name, isRequired])).toEqual([
      ["id", true],
      ["x", true],
    ]);
    expect(get?.bodies.map(({ label, mediaType, problem }) => [label, mediaType, problem])).toEqual([
      ["Response 200", "application/json", undefined],
      ["Response 404", undefined, "#/components/responses/None is not in this document"],
    ]);
  });

  it("of Swagger 2 have their body among the parameters", () => {
    const api = read(`
swagger: "2.0"
paths: { /a: { post: { parameters: [{ name: b, in: body, schema: { $ref: "#/definitions/B" } }], responses: { 200: { schema: { type: string } } } } } }
definitions: { B: { type: object } }
`);
    expect(api?.format).toBe("Swagger 2.0");
    expect(api?.groups[0]?.operations[0]).toMatchObject({ parameters: [], bodies: [{ label: "Request" }, { label: "Response 200" }] });
    expect(api?.schemas.map(({ name }) => name)).toEqual(["B"]);
  });

  it("of AsyncAPI 2 and 3 stand under their channel", () => {
    const two = read(`
asyncapi: 2.6.0
channels: { sent: { subscribe: { message: { oneOf: [{ name: A, payload: { type: string } }, { name: B }] } } } }
`);
    expect(two?.groups).toMatchObject([
      { name: "sent", operations: [{ method: "SUBSCRIBE", bodies: [{ label: "Message A" }, { label: "Message B" }] }] },
    ]);
    const three = read(`
asyncapi: 3.0.0
channels: { sent: { address: mail/sent, messages: { A: { name: A, payload: { type: string } } } } }
operations: { onSent: { action: receive, channel: { $ref: "#/channels/sent" } } }
`);
    expect(three?.groups).toMatchObject([
      { name: "mail/sent", operations: [{ method: "RECEIVE", id: "onSent", bodies: [{ label: "Message A" }] }] },
    ]);
  });

  it("are not looked for in other documents", () => {
    expect(read("a: 1")).toBeUndefined();
    expect(read("[]")).toBeUndefined();
  });
});

describe("a malformed definition", () => {
  it("says in which line it is wrong", () => {
    expect(parseYaml("a: 1\nb: [\nc: 2\n").problem?.line).toBeGreaterThan(1);
    expect(readTypes("type Query {\n  a:\n}").problem?.line).toBe(3);
  });

  it("cannot grow without end by its aliases", () => {
    const levels = Array.from({ length: 9 }, (_, level) => `l${level + 1}: &l${level + 1} [${Array(9).fill(`*l${level}`).join(", ")}]`);
    expect(parseYaml(`l0: &l0 lol\n${levels.join("\n")}\n`).problem?.message).toMatch(/alias/i);
  });

  it("makes nothing of tags but plain data", () => {
    expect(parseYaml("a: !!js/function 'function () {}'\n").value).toEqual({ a: "function () {}" });
  });
});

describe("types of a schema", () => {
  it("have fields, arguments, values and reasons", () => {
    const { types } = readTypes(`
      "Things." type Query { "One." thing(id: ID!, in: [Unit!] = [KG]): Thing! old: Int @deprecated(reason: "Use thing.") }
      enum Unit { KG LB }
      union Thing = A | B
      extend type Query { more: Int }
    `);
    expect(types?.map(({ sort, name, isExtension }) => [sort, name, isExtension])).toEqual([
      ["type", "Query", false],
      ["enum", "Unit", false],
      ["union", "Thing", false],
      ["type", "Query", true],
    ]);
    expect(types?.[0]?.members[0]).toMatchObject({ name: "thing", type: "Thing!", named: "Thing", description: "One." });
    expect(types?.[0]?.members[0]?.arguments[1]).toMatchObject({ name: "in", type: "[Unit!]", named: "Unit", default: "[KG]" });
    expect(types?.[0]?.members[1]?.deprecated).toBe("Use thing.");
  });
});
