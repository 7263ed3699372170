import { describe, expect, it } from "vitest";
import { resolvePath, targetOf } from "./links";

const KNOWN = new Set(["README.md", "docs/runbook.md", "docs/README.md", "docs/odd name 100%.md", "api/openapi.yaml"]);
const from = (address: string, document = "docs/runbook.md") => targetOf(address, document, KNOWN);

describe("a link in a document", () => {
  it("leads to a document of the same repository", () => {
    expect(from("../README.md")).toEqual({ kind: "document", path: "README.md", anchor: undefined });
    expect(from("/api/openapi.yaml#/paths")).toEqual({ kind: "document", path: "api/openapi.yaml", anchor: "/paths" });
    expect(from("docs/runbook.md?raw=1#On-call", "README.md")).toEqual({ kind: "document", path: "docs/runbook.md", anchor: "On-call" });
    expect(from("odd%20name%20100%25.md")).toEqual({ kind: "document", path: "docs/odd name 100%.md", anchor: undefined });
  });

  it("to a folder means its README", () => {
    expect(from("docs/", "README.md")).toMatchObject({ path: "docs/README.md" });
    expect(from("./")).toMatchObject({ path: "docs/README.md" });
  });

  it("is text if spot does not know the file, or it lies outside", () => {
    expect(from("missing.md")).toEqual({ kind: "none", text: "missing.md" });
    expect(from("../../../etc/passwd")).toMatchObject({ kind: "none" });
    expect(from("bad%E0%A4%A.md")).toMatchObject({ kind: "none" });
    expect(from("")).toEqual({ kind: "none", text: "" });
  });

  it("is followed only by http and https", () => {
    expect(from("https://example.com/a")).toEqual({ kind: "web", url: "https://example.com/a" });
    for (const address of [
      "javascript:alert(1)",
      "JaVaScRiPt:alert(1)",
      "data:text/html,x",
      "mailto:a@b.c",
      "//example.com",
      "vbscript:x",
    ]) {
      expect(from(address)).toEqual({ kind: "none", text: address });
    }
  });

  it("to a heading stays in the document", () => {
    expect(from("#on-call")).toEqual({ kind: "anchor", anchor: "on-call" });
  });
});

describe("a path", () => {
  it("is relative to the folder of its file", () => {
    expect(resolvePath("./a/../b.md", "x/y.md")).toBe("x/b.md");
    expect(resolvePath("../..", "x/y.md")).toBeUndefined();
  });
});
