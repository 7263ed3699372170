import { describe, expect, it } from "vitest";
import { csv } from "./csv";

describe("a file", () => {
  it("quotes what needs it, and only that", () => {
    expect(
      csv([
        ["a", 1, null],
        ['say "x"', "b,c", "two\r\nlines"],
      ]),
    ).toBe('a,1,\r\n"say ""x""","b,c","two\r\nlines"\r\n');
  });

  it.each(["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", '=HYPERLINK("https://evil.example","x")'])("takes the sting out of %o", (text) => {
    const [cell = ""] = csv([[text]]).split("\r\n");
    expect(cell.replace(/^"/, "").startsWith("'")).toBe(true);
  });

  it("leaves numbers and harmless texts as they are", () => {
    expect(csv([[-5, "a=b", "x-y", "1+1"]])).toBe("-5,a=b,x-y,1+1\r\n");
  });
});
