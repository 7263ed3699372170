import { describe, expect, it } from "vitest";
import { parseYaml } from "./parse";
import { atPointer, followed, MAX_DEPTH, schemaNode } from "./schemaTree";

const ROOT = {
  components: {
    schemas: {
      Account: {
        type: "object",
        required: ["id"],
        properties: { id: { type: "string", format: "uuid" }, parent: { $ref: "#/components/schemas/Account" } },
      },
      "a/b~c": { type: "integer" },
      Loop: { $ref: "#/components/schemas/Pool" },
      Pool: { $ref: "#/components/schemas/Loop" },
    },
  },
};

describe("a tree of a schema", () => {
  it("follows references one level at a time", () => {
    const account = schemaNode("", { $ref: "#/components/schemas/Account" }, ROOT);
    expect(account).toMatchObject({ type: "Account", hasChildren: true, problem: undefined });
    expect(account.children().map(({ name, type, isRequired, notes }) => [name, type, isRequired, notes])).toEqual([
      ["id", "string", true, ["uuid"]],
      ["parent", "Account", false, []],
    ]);
  });

  it("stops where a schema contains itself", () => {
    const parent = schemaNode("", { $ref: "#/components/schemas/Account" }, ROOT).children()[1];
    expect(parent).toMatchObject({ type: "Account", hasChildren: false, problem: "Account again, as above" });
    expect(parent?.children()).toEqual([]);
  });

  it("says where a reference leads to nothing", () => {
    const problem = (ref: string) => schemaNode("", { $ref: ref }, ROOT).problem;
    expect(problem("#/components/schemas/Nowhere")).toBe("#/components/schemas/Nowhere is not in this document");
    expect(problem("./other.yaml#/A")).toBe("is in another file, ./other.yaml#/A");
    expect(problem("#/components/schemas/Loop")).toBe("refers to itself");
    expect(problem("#/__proto__/x")).toContain("is not in this document");
  });

  it("reads escaped steps of a pointer", () => {
    expect(atPointer(ROOT, "#/components/schemas/a~1b~0c")).toEqual({ type: "integer" });
    expect(followed({ $ref: "#" }, ROOT).value).toBe(ROOT);
  });

  it("ends at a depth, also in data that contains itself", () => {
    const { value } = parseYaml("&a\ntype: object\nproperties:\n  again: *a\n");
    let node = schemaNode("", value, value);
    let depth = 0;
    for (let below = node.children()[0]; below; below = node.children()[0]) {
      node = below;
      depth += 1;
    }
    expect(depth).toBe(MAX_DEPTH);
    expect(node.problem).toBe("goes deeper than is shown");
    const list = parseYaml("&a\ntype: array\nitems: *a\n").value;
    expect(schemaNode("", list, list).type).toMatch(/^array of array/);
  });

  it("names arrays, alternatives and limits", () => {
    const schema = {
      type: "array",
      items: { oneOf: [{ type: "string" }, { $ref: "#/components/schemas/Account" }] },
      minItems: 1,
      default: [],
    };
    const node = schemaNode("", schema, ROOT);
    expect(node.type).toBe("array of one of 2");
    expect(node.notes).toEqual(["default []", "fewest items 1"]);
    expect(
      node
        .children()[0]
        ?.children()
        .map(({ name, type }) => [name, type]),
    ).toEqual([
      ["one of", "string"],
      ["one of", "Account"],
    ]);
  });
});
