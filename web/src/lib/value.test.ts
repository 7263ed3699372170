import { describe, expect, it } from "vitest";
import { fieldLabel, fieldName, readable, safeUrl, valueText } from "./value";

describe("an address", () => {
  it.each([
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    " javascript:alert(1)",
    "java\nscript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:x",
    "file:///etc/passwd",
    "//evil.example",
    "/relative",
    "ftp://example.org",
    "blob:https://example.org/1",
    "https://",
    "http:example.org",
    "",
    null,
    undefined,
  ])("%o is not followed", (text) => {
    expect(safeUrl(text)).toBeUndefined();
  });

  it.each([
    ["https://example.org/a b", "https://example.org/a%20b"],
    ["HTTP://Example.org", "http://example.org/"],
    ['https://example.org/"><script>', "https://example.org/%22%3E%3Cscript%3E"],
  ])("%s is followed as %s", (text, address) => {
    expect(safeUrl(text)).toBe(address);
  });
});

describe("a value in a line", () => {
  it.each([
    [null, "none"],
    [undefined, "none"],
    ["<b>", "<b>"],
    ["", ""],
    [1234.5678, "1,234.568"],
    [true, "yes"],
    [false, "no"],
    [["team:a", "team:b"], "team:a, team:b"],
    [[], ""],
    [{ versions: ["4.18.2", "4.19.0"], direct: true }, "4.18.2, 4.19.0"],
    [{ versions: [], requirement: "^4.18" }, "^4.18"],
    [{ title: "Runbook", url: "https://example.org" }, "Runbook"],
    [{ someKey: { inner: 1 } }, "some key inner 1"],
  ])("%o is %o", (value, text) => {
    expect(valueText(value)).toBe(text);
  });
});

it("fields have names that people say", () => {
  expect(fieldName("general.owner")).toBe("owner");
  expect(fieldName("general.defaultBranch")).toBe("default branch");
  expect(fieldName("dependencies.packages[Cargo.lock#cargo/serde]")).toBe("packages");
  expect(fieldLabel("dependencies.packages", "web/package-lock.json#npm/@scope/a")).toBe("npm/@scope/a in web/package-lock.json");
  expect(fieldLabel("general.annotations", "example.org/key")).toBe("annotations example.org/key");
  expect(fieldLabel("general.owner", null)).toBe("owner");
});

it("only constants are made readable", () => {
  expect(["PASSED", "TIMED_OUT", "Passed", "a_b", "OK now"].map(readable)).toEqual(["Passed", "Timed out", "Passed", "a_b", "OK now"]);
});
